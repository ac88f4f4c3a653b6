package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveTableTest {
    private final StringWriter out = new StringWriter();
    private final LiveTable table = new LiveTable(new PrintWriter(out));

    @Test
    void showsALinePerSnapshotUnderItsHeading() {
        table.add(
                "sgd",
                new LiveTable.Report(0.123456, 0.95),
                new SnapshotView(40, 2, Map.of("nc0_relative", 1.5e-5, "nc0", 0.25, "nc1", 12.345, "nc4", 0.0)));

        List<List<String>> cells = out.toString()
                .lines()
                .map(line -> List.of(line.replace("NC0 rel", "NC0rel").split(" +")))
                .toList();
        assertThat(cells)
                .containsExactly(
                        List.of(
                                "run",
                                "epoch",
                                "step",
                                "loss",
                                "accuracy",
                                "NC0rel",
                                "NC0",
                                "NC1",
                                "NC2",
                                "NC3",
                                "NC4"),
                        List.of("sgd", "2", "40", "0.123", "0.950", "1.50e-05", "0.250", "12.3", "-", "-", "0"));
        assertThat(out.toString().lines().map(String::length).distinct()).hasSize(1);
    }

    @Test
    void repeatsTheHeadingAfterTwentyRows() {
        for (int step = 0; step < 21; step++) {
            table.add("r", LiveTable.Report.NONE, new SnapshotView(step, step, Map.of()));
        }
        assertThat(out.toString().lines().filter(line -> line.startsWith("run ")))
                .hasSize(2);
    }
}
