package dev.collapsemonitor.standalone.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final int MIB = 1 << 20;

    @Test
    void aLineEveryFewSecondsWhereNobodyWatches() {
        StringWriter err = new StringWriter();
        AtomicLong now = new AtomicLong();
        long interval = Progress.Lines.INTERVAL.toNanos();
        try (Progress progress = new Progress.Lines(Progress.Unit.MIB, 100 * MIB, new PrintWriter(err), now::get)) {
            progress.at("layer fc1");
            progress.read(10 * MIB);
            assertThat(err.toString()).isEmpty();
            now.set(interval);
            progress.read(15 * MIB);
            progress.read(15 * MIB);
            now.set(2 * interval);
            progress.read(20 * MIB);
        }
        assertThat(err.toString().lines())
                .containsExactly("read 25 of 100 MiB (25 %), layer fc1", "read 60 of 100 MiB (60 %), layer fc1");
    }

    @Test
    void aBarThatLeavesNothingBehindOnATerminal() {
        PrintStream before = System.err;
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        System.setErr(new PrintStream(drawn, true, StandardCharsets.UTF_8));
        try (Progress progress = new Progress.Bar("analyze", Progress.Unit.MIB, 100 * MIB)) {
            progress.at("layer fc1");
            progress.read(100 * MIB);
        } finally {
            System.setErr(before);
        }
        String[] frames = drawn.toString(StandardCharsets.UTF_8).split("\r", -1);
        assertThat(frames).anyMatch(frame -> frame.contains("analyze 100%") && frame.contains("100/100 MiB"));
        assertThat(frames[frames.length - 1]).isBlank();
        assertThat(frames).allMatch(frame -> frame.length() < 80);
    }
}
