package dev.collapsemonitor.monitor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunDirectoryTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();

    @Test
    void theRunThatEndedLongestAgoMakesRoom() {
        RunDirectory directory = new RunDirectory(new RunLimits(3, 10, 1 << 20));
        begin(directory, "a", 1);
        begin(directory, "b", 2);
        begin(directory, "c", 3);
        end(directory, "c", 4);
        end(directory, "b", 5);
        begin(directory, "d", 6);

        assertThat(names(directory)).containsExactly("a", "b", "d");
        assertThat(directory.evictions()).isEqualTo(1);
        assertThat(directory.takeEvicted("c")).isTrue();
        assertThat(directory.takeEvicted("c")).as("taken").isFalse();
        begin(directory, "e", 7);
        assertThat(names(directory)).containsExactly("a", "d", "e");
    }

    @Test
    void aNewRunIsRefusedWhileAllAreAliveAndTheOthersAreNotTouched() {
        RunDirectory directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        begin(directory, "a", 1);
        begin(directory, "b", 1 + HOUR);

        assertThatThrownBy(() -> directory.open("c"))
                .isInstanceOf(InvalidRecordException.class)
                .hasFieldOrPropertyWithValue("reason", Reason.TOO_MANY_RUNS)
                .hasMessageMatching(
                        "run c is new, but none of the 2 runs of this monitor \\(\\d+ bytes\\) has ended; raise"
                                + " --max-runs \\(2\\) or --max-history-bytes \\(1048576\\), or add a monitor");
        assertThat(names(directory)).containsExactly("a", "b");
        assertThat(directory.open("a").name()).isEqualTo("a");
        assertThat(directory.evictions()).isZero();
    }

    @Test
    void aRunThatWasQuietForAnHourOfTheOthersCountsAsEnded() {
        RunDirectory directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        begin(directory, "crashed", 1);
        begin(directory, "b", 2 + HOUR);
        begin(directory, "c", 3 + HOUR);

        assertThat(names(directory)).containsExactly("b", "c");
    }

    @Test
    void aRunThatEndedGoesBeforeOneThatIsQuiet() {
        RunDirectory directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        begin(directory, "crashed", 1);
        end(directory, "b", 2 + 2 * HOUR);
        begin(directory, "c", 3 + 2 * HOUR);

        assertThat(names(directory)).containsExactly("c", "crashed");
    }

    @Test
    void whenMemoryIsShortEndedRunsGoAndThenTheRunThatGrowsGetsCoarser() {
        long limit = 200_000;
        RunDirectory directory = new RunDirectory(new RunLimits(100, 10, limit));
        for (int i = 0; i < 10; i++) {
            begin(directory, "ended " + i, i);
            end(directory, "ended " + i, i);
        }
        begin(directory, "other", 20);
        directory.open("other").update(Records.result(1, 1, 0.5).build(), 20);
        Run growing = directory.open("growing");
        for (int step = 0; step < 10_000; step++) {
            growing.update(Records.result(1, step, 0.5).build(), 21 + step);
            growing.update(Records.heartbeat(1, step, 0.5).build(), 21 + step);
            directory.relieve(growing);
            assertThat(directory.usedBytes()).isLessThanOrEqualTo(limit);
        }
        assertThat(names(directory)).containsExactly("growing", "other");
        assertThat(growing.history("fc", Mode.SNAPSHOT))
                .as("spans the whole run")
                .hasSizeBetween(20, 200)
                .satisfies(results -> {
                    assertThat(results.get(0).getStep()).isZero();
                    assertThat(results.get(results.size() - 1).getStep()).isEqualTo(9_999);
                });
        assertThat(growing.progressHistory()).hasSizeBetween(20, 200);
        assertThat(directory.find("other").history("fc", Mode.SNAPSHOT)).hasSize(1);
        directory.release(List.of("growing", "other"));
        assertThat(directory.usedBytes()).isZero();
    }

    @Test
    void aRunHasAtMostAsManyLayersAsItMay() {
        RunDirectory directory = new RunDirectory(new RunLimits(10, 2, 1 << 20));
        Run run = directory.open("r");
        for (String layer : List.of("a", "b")) {
            run.requireRoomFor(ofLayer(layer).build());
            run.update(ofLayer(layer).build(), 1);
        }
        run.requireRoomFor(ofLayer("a").build());
        assertThatThrownBy(() -> run.requireRoomFor(ofLayer("c").build()))
                .hasFieldOrPropertyWithValue("reason", Reason.LIMIT)
                .hasMessage("run r has 3 layers; at most 2 are possible: raise --max-layers or publish fewer");
        assertThatThrownBy(() -> directory.requireRoomFor(Records.descriptor(1)
                        .addLayers(Records.LAYER)
                        .addLayers(Records.LAYER)
                        .build()))
                .hasMessageContaining("run r has 3 layers");
    }

    @Test
    void runsThatComeFromAnotherInstanceAreNeverRefusedAndEndedOnesMakeRoomForThem() {
        RunDirectory directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        begin(directory, "a", 1);
        end(directory, "b", 2);
        for (String name : List.of("c", "d")) {
            directory.restore(name).update(Records.descriptor(1).setRun(name).build(), 3);
        }
        directory.trim(List.of("c", "d"));

        assertThat(names(directory)).containsExactly("a", "c", "d");
    }

    @Test
    void aReleasedRunIsNobodysToDelete() {
        RunDirectory directory = new RunDirectory(new RunLimits(1, 10, 1 << 20));
        end(directory, "a", 1);
        begin(directory, "b", 2);
        directory.release(List.of("a", "b"));

        assertThat(directory.takeEvicted("a")).isFalse();
        assertThat(directory.all()).isEmpty();
    }

    private static LayerResult.Builder ofLayer(String name) {
        return Records.result(1, 1, 0.5).setLayer(Records.LAYER.toBuilder().setName(name));
    }

    private static void begin(RunDirectory directory, String name, long millis) {
        directory.open(name).update(Records.descriptor(1).setRun(name).build(), millis);
    }

    private static void end(RunDirectory directory, String name, long millis) {
        directory
                .open(name)
                .update(
                        Records.progress(1, 1, ProgressEvent.FINISHED)
                                .setRun(name)
                                .build(),
                        millis);
    }

    private static List<String> names(RunDirectory directory) {
        return directory.all().stream().map(Run::name).toList();
    }
}
