package dev.collapsemonitor.monitor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunTest {
    private final Run run = new Run("r");

    @Test
    void aLongHistoryGetsCoarserAndKeepsItsEndsAndOtherSeries() {
        int steps = Thinning.MOST + 1;
        run.update(Records.result(1, 5, 0.5).build(), 1);
        for (int step = 0; step < steps; step++) {
            run.update(Records.result(1, step, 0.3).setMode(Mode.ROLLING).build(), 1);
        }

        List<Long> kept = run.history("fc", Mode.ROLLING).stream()
                .map(LayerResult::getStep)
                .toList();
        assertThat(kept).hasSize(steps / 2 + 1).startsWith(0L, 2L, 4L).endsWith(steps - 1L);
        assertThat(run.takeThinned())
                .hasSize(steps / 2)
                .allSatisfy(gone -> assertThat(gone.getStep() % 2).isEqualTo(1));
        assertThat(run.takeThinned()).isEmpty();
        assertThat(run.history("fc", Mode.SNAPSHOT)).hasSize(1);

        run.update(Records.result(1, steps, 0.3).setMode(Mode.ROLLING).build(), 1);
        assertThat(run.history("fc", Mode.ROLLING)).hasSize(steps / 2 + 2);
    }

    @Test
    void aRunOfWhichNothingIsKnownHasNoValuesAndRuns() {
        assertThat(run.attempt()).isZero();
        assertThat(run.current()).isEmpty();
        assertThat(run.layers()).isEmpty();
        assertThat(run.progressHistory()).isEmpty();
        assertThat(run.history("fc", Mode.SNAPSHOT)).isEmpty();
        assertThat(run.progress().hasLoss()).isFalse();
        assertThat(run.descriptor().getRun()).isEqualTo("r");
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(run.ended()).isFalse();
    }

    @Test
    void whatIsCurrentDoesNotDependOnTheOrderOfArrival() {
        run.update(heartbeat(1, 30, 0.3), 3);
        run.update(heartbeat(1, 10, 0.9), 4);
        run.update(Records.result(1, 20, 0.2).build(), 5);
        run.update(Records.result(1, 10, 0.4).build(), 6);
        run.update(Records.descriptor(1).build(), 7);
        run.update(heartbeat(1, 20, 0.5), 8);

        assertThat(run.progress().getStep()).isEqualTo(30);
        assertThat(run.progress().getLoss()).isEqualTo(0.3);
        assertThat(run.progressHistory()).extracting(Progress::getStep).containsExactly(10L, 20L, 30L);
        assertThat(run.current()).extracting(LayerResult::getStep).containsExactly(20L);
        assertThat(run.history("fc", Mode.SNAPSHOT))
                .extracting(LayerResult::getStep)
                .containsExactly(10L, 20L);
        assertThat(run.descriptor().getDataset()).isEqualTo("rings");
        assertThat(run.lastRecordMillis()).isEqualTo(8);
    }

    @Test
    void aHeartbeatThatSaysLessHidesNothing() {
        run.update(
                heartbeat(1, 1, 0.5).toBuilder()
                        .setAccuracy(0.9)
                        .setLearningRate(0.1)
                        .build(),
                1);
        run.update(progress(1, 2, ProgressEvent.HEARTBEAT), 2);

        assertThat(run.progress().getStep()).isEqualTo(2);
        assertThat(run.progress().getLoss()).isEqualTo(0.5);
        assertThat(run.progress().getAccuracy()).isEqualTo(0.9);
        assertThat(run.progress().getLearningRate()).isEqualTo(0.1);
        assertThat(run.progressHistory()).hasSize(1);
    }

    @Test
    void aNewerAttemptReplacesWhatIsCurrentAndTheHistoryKeepsBoth() {
        run.update(Records.descriptor(1).setDataset("old").build(), 1);
        run.update(heartbeat(1, 100, Double.NaN), 2);
        run.update(Records.result(1, 100, 0.1).setNotFinite(true).build(), 3);
        run.update(progress(1, 100, ProgressEvent.FAILED), 4);
        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
        run.update(progress(2, 0, ProgressEvent.STARTED), 5);

        assertThat(run.attempt()).isEqualTo(2);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(run.ended()).isFalse();
        assertThat(run.current()).isEmpty();
        assertThat(run.progressHistory()).isEmpty();
        assertThat(run.progress().getEvent()).isEqualTo(ProgressEvent.STARTED);
        assertThat(run.progress().hasLoss()).isFalse();
        assertThat(run.descriptor().getDataset()).isEmpty();
        assertThat(run.descriptor().getAttempt()).isEqualTo(2);

        run.update(Records.result(2, 10, 0.7).build(), 7);
        assertThat(run.current()).extracting(LayerResult::getStep).containsExactly(10L);
        assertThat(run.history("fc", Mode.SNAPSHOT))
                .extracting(LayerResult::getAttempt)
                .containsExactly(1, 2);
    }

    @Test
    void lateRecordsOfAnOlderAttemptChangeNothingCurrent() {
        run.update(Records.descriptor(2).build(), 10);
        run.update(heartbeat(2, 5, 0.5), 11);
        run.update(Records.result(2, 5, 0.5).build(), 12);

        run.update(Records.descriptor(1).setDataset("old").build(), 90);
        run.update(heartbeat(1, 100, Double.NaN), 91);
        run.update(progress(1, 100, ProgressEvent.FINISHED), 92);
        run.update(Records.result(1, 100, 0.1).setNotFinite(true).build(), 93);

        assertThat(run.attempt()).isEqualTo(2);
        assertThat(run.descriptor().getDataset()).isEqualTo("rings");
        assertThat(run.progress().getStep()).isEqualTo(5);
        assertThat(run.progressHistory()).hasSize(1);
        assertThat(run.current()).extracting(LayerResult::getStep).containsExactly(5L);
        assertThat(run.history("fc", Mode.SNAPSHOT)).hasSize(2);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(run.ended()).isFalse();
        assertThat(run.lastRecordMillis()).as("no sign of life").isEqualTo(12);
    }

    @Test
    void ofTwoResultsOfOneIdentityTheHigherCoverageHolds() {
        assertThat(run.update(partial(0.5, 7), 1)).isTrue();
        assertThat(run.update(partial(0.75, 8), 2)).isTrue();
        assertThat(run.update(partial(0.25, 9), 3)).isFalse();
        assertThat(run.current().get(0).getMetricsOrThrow("nc1")).isEqualTo(8);
        assertThat(run.update(partial(0.75, 10), 4)).as("an upsert").isTrue();
        assertThat(run.current().get(0).getMetricsOrThrow("nc1")).isEqualTo(10);
        assertThat(run.history("fc", Mode.SNAPSHOT)).hasSize(1);
    }

    @Test
    void modesAndSplitsAreSeriesOfTheirOwn() {
        run.update(Records.result(1, 1, 0.1).build(), 1);
        run.update(Records.result(1, 2, 0.2).setSplit(Split.TEST).build(), 1);
        run.update(Records.result(1, 3, 0.3).setMode(Mode.ROLLING).build(), 1);

        assertThat(run.current()).extracting(LayerResult::getStep).containsExactlyInAnyOrder(1L, 2L, 3L);
        assertThat(run.history("fc", Mode.SNAPSHOT)).hasSize(2);
        assertThat(run.history("fc", Mode.ROLLING)).hasSize(1);
    }

    @Test
    void layersComeInTheOrderOfTheNetwork() {
        Layer first = Layer.newBuilder().setIndex(0).setName("z").build();
        Layer second = Layer.newBuilder().setIndex(1).setName("a/b").build();
        run.update(Records.result(1, 1, 0.1).setLayer(second).build(), 1);
        run.update(Records.result(1, 1, 0.1).setLayer(first).build(), 1);
        run.update(
                Records.descriptor(1)
                        .clearLayers()
                        .addLayers(Records.LAYER.toBuilder().setIndex(2))
                        .build(),
                1);

        assertThat(run.layers()).extracting(Layer::getName).containsExactly("z", "a/b", "fc");
        assertThat(run.current()).extracting(r -> r.getLayer().getName()).containsExactly("z", "a/b");
    }

    @Test
    void anEndSticksWhateverComesAfterIt() {
        run.update(heartbeat(1, 10, 0.1), 1);
        run.update(progress(1, 10, ProgressEvent.FINISHED), 2);
        run.update(heartbeat(1, 20, 0.2), 3);
        run.update(progress(1, 30, ProgressEvent.STARTED), 4);

        assertThat(run.status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.ended()).isTrue();
        assertThat(run.progress().getStep()).isEqualTo(10);
        assertThat(run.progress().getLoss()).isEqualTo(0.1);
    }

    @Test
    void anEndCountsThoughItsStepIsOlder() {
        run.update(heartbeat(1, 10, 0.1), 1);
        run.update(
                progress(1, 0, ProgressEvent.FAILED).toBuilder()
                        .setReason("out of memory")
                        .build(),
                2);

        assertThat(run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(run.progress().getReason()).isEqualTo("out of memory");
    }

    @Test
    void silenceIsMeasuredByThePromisedInterval() {
        run.update(heartbeat(1, 1, 0.1), 1_000);
        run.waited(1_000_000_000);
        assertThat(run.status()).as("nothing was promised").isEqualTo(RunStatus.RUNNING);
        run.update(Records.descriptor(1).setHeartbeatIntervalMs(30_000).build(), 2_000);
        assertThat(run.silenceMillis()).isZero();

        run.waited(30_000);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        run.waited(1);
        assertThat(run.status()).isEqualTo(RunStatus.SILENT);
        run.update(heartbeat(1, 2, 0.1), 40_000);
        run.waited(30_000);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void howOldARecordIsSaysNothingAboutSilence() {
        run.update(Records.descriptor(1).setHeartbeatIntervalMs(30_000).build(), 1);
        run.update(heartbeat(1, 1, 0.1), 2);

        assertThat(run.status()).as("read days after it was published").isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void aRestartAddsNothingToSilenceAndForgetsNothing() {
        run.update(Records.descriptor(1).setHeartbeatIntervalMs(30_000).build(), 1_000);
        run.update(heartbeat(1, 1, 0.1), 2_000);
        run.restored(31_000);
        assertThat(run.status()).isEqualTo(RunStatus.SILENT);

        run.update(heartbeat(1, 1, 0.1), 2_000);
        assertThat(run.status()).as("delivered again").isEqualTo(RunStatus.SILENT);
        run.update(heartbeat(1, 2, 0.1), 2_001);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void aResultThatIsPublishedAgainIsNoSignOfLife() {
        run.update(Records.descriptor(1).setHeartbeatIntervalMs(30_000).build(), 1_000);
        run.update(partial(1, 1), 2_000);
        run.waited(31_000);

        assertThat(run.update(partial(1, 1), 90_000)).isFalse();
        assertThat(run.status()).isEqualTo(RunStatus.SILENT);
        assertThat(run.lastRecordMillis()).isEqualTo(2_000);
        run.update(partial(1, 2), 91_000);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void aResultIsASignOfLifeUnlessItWasClosedForWantOfParts() {
        run.update(Records.descriptor(1).build(), 1_000);
        run.update(partial(0.5, 1), 20_000);
        assertThat(run.lastRecordMillis()).isEqualTo(1_000);
        run.update(partial(1, 1), 21_000);
        assertThat(run.lastRecordMillis()).isEqualTo(21_000);
    }

    @Test
    void aLossThatIsNotFiniteDiverges() {
        for (double loss : List.of(Double.NaN, Double.POSITIVE_INFINITY)) {
            Run diverging = new Run("r");
            diverging.update(heartbeat(1, 1, 0.1), 1);
            diverging.update(heartbeat(1, 2, loss), 2);
            diverging.update(heartbeat(1, 3, 0.1), 3);
            assertThat(diverging.status()).isEqualTo(RunStatus.DIVERGED);
        }
    }

    @Test
    void aResultThatIsNotFiniteDivergesThoughABetterOneHolds() {
        run.update(partial(1, 1), 1);
        assertThat(run.update(partial(0, 1).toBuilder().setNotFinite(true).build(), 2))
                .isFalse();
        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
    }

    @Test
    void aRunThatDivergedStaysSoAfterItsEnd() {
        run.update(heartbeat(1, 1, Double.NaN), 1);
        run.update(progress(1, 2, ProgressEvent.FINISHED), 2);

        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
        assertThat(run.ended()).isTrue();
    }

    @Test
    void aDirectoryOpensFindsAndReleasesRuns() {
        RunDirectory directory = new RunDirectory();
        Run b = directory.open("b");
        Run a = directory.open("a");

        assertThat(directory.open("b")).isSameAs(b);
        assertThat(directory.find("a")).isSameAs(a);
        assertThat(directory.find("c")).isNull();
        assertThat(directory.all()).containsExactly(a, b);
        directory.release(List.of("b", "c"));
        assertThat(directory.all()).containsExactly(a);
    }

    @Test
    void theNewestOfAllLayersIsAStepThatEachHas() {
        assertThat(run.newestOfAllLayers()).isEmpty();
        for (int index : new int[] {1, 0}) {
            run.update(ofLayer(index, 1, 10), 1);
            run.update(ofLayer(index, 1, 20), 1);
        }
        run.update(ofLayer(0, 1, 30), 1);
        run.update(ofLayer(2, 1, 40).toBuilder().setSamples(0).build(), 1); // weights alone
        assertThat(run.newestOfAllLayers())
                .extracting(result -> result.getLayer().getName() + result.getStep())
                .containsExactly("l020", "l120");

        run.update(ofLayer(1, 2, 5), 1);
        assertThat(run.newestOfAllLayers())
                .extracting(LayerResult::getAttempt, LayerResult::getStep)
                .containsExactly(tuple(2, 5L));
        run.update(ofLayer(0, 2, 6), 1);
        assertThat(run.newestOfAllLayers()).isEmpty();
    }

    @Test
    void aLongProgressGetsCoarserAndKeepsItsEnds() {
        int steps = Thinning.MOST + 1;
        for (int step = 0; step < steps; step++) {
            run.update(
                    Records.heartbeat(1, step, 0.5)
                            .setElasticityProbe(Records.elasticity())
                            .build(),
                    1);
        }

        assertThat(run.progressHistory())
                .hasSize(steps / 2 + 1)
                .noneMatch(Progress::hasElasticityProbe)
                .extracting(Progress::getStep)
                .startsWith(0L, 2L, 4L)
                .endsWith(steps - 1L);
        assertThat(run.progress().hasElasticityProbe()).isTrue();
        assertThat(run.takeThinnedProgress()).hasSize(steps / 2);
        run.update(progress(2, 0, ProgressEvent.STARTED), 2);
        assertThat(run.takeThinnedProgress())
                .as("of the attempt before nothing is kept")
                .hasSize(steps / 2 + 1);
    }

    @Test
    void ofTheAttemptsTheNewestTenAreKept() {
        for (int attempt = 1; attempt <= 30; attempt++) {
            run.update(Records.result(attempt, 10, 0.5).build(), attempt);
            run.update(ofLayer(attempt, attempt, 10), attempt);
        }

        assertThat(run.history("fc", Mode.SNAPSHOT))
                .extracting(LayerResult::getAttempt)
                .containsExactly(21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
        assertThat(run.layers()).as("with the layer that only one attempt had").hasSize(11);
        assertThat(run.takeThinned()).hasSize(40);
        assertThat(run.update(Records.result(20, 10, 0.5).build(), 31))
                .as("a late one")
                .isFalse();
        assertThat(run.history("fc", Mode.SNAPSHOT)).hasSize(10);
    }

    private static LayerResult ofLayer(int index, int attempt, long step) {
        return Records.result(attempt, step, 0.5)
                .setLayer(Records.LAYER.toBuilder().setIndex(index).setName("l" + index))
                .build();
    }

    private static LayerResult partial(double coverage, double nc1) {
        return Records.result(1, 10, nc1).setCoverage(coverage).build();
    }

    private static Progress heartbeat(int attempt, long step, double loss) {
        return Records.heartbeat(attempt, step, loss).build();
    }

    private static Progress progress(int attempt, long step, ProgressEvent event) {
        return Records.progress(attempt, step, event).build();
    }
}
