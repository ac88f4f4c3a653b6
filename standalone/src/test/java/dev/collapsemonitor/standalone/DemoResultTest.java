package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoResultTest {
    @Test
    void jsonHoldsTheFirstAndTheLastSnapshotOfEachRun() throws Exception {
        JsonNode runs = new ObjectMapper().readTree(result().toJson()).path("runs");

        assertThat(runs).hasSize(2);
        assertThat(runs.get(0).path("run").asText()).isEqualTo("sgd");
        assertThat(runs.get(0).path("first").path("nc0").asDouble()).isEqualTo(0.4);
        assertThat(runs.get(0).path("final").path("nc0").asDouble()).isEqualTo(0.1);
        assertThat(runs.get(1).path("final").path("nc3").asDouble()).isEqualTo(0.6);
    }

    @Test
    void theSentenceFollowsFromTheNumbers() {
        assertThat(result().toText()).endsWith("""
                        NC0 fell by 75.0 % in sgd and grew 5-fold in adamw.
                        NC3, the distance of the classifier from the class means, ends at 0.200 in sgd and 0.600 in adamw.""");
    }

    private static DemoResult result() {
        Map<String, List<SnapshotView>> histories = new LinkedHashMap<>();
        histories.put("sgd", List.of(snapshot(0, 0.4, 1.4), snapshot(1, 0.3, 1), snapshot(2, 0.1, 0.2)));
        histories.put("adamw", List.of(snapshot(0, 0.4, 1.4), snapshot(2, 2, 0.6)));
        return new DemoResult(histories);
    }

    private static SnapshotView snapshot(long step, double nc0, double nc3) {
        return new SnapshotView(step, step, Map.of("nc0", nc0, "nc3", nc3));
    }
}
