package dev.collapsemonitor.monitor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.forecast.Declarations;
import dev.collapsemonitor.monitor.phase.Observation;
import dev.collapsemonitor.monitor.phase.Phase;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import org.junit.jupiter.api.Test;

class RunInsightTest {
    private final Run run = new Run("r");

    @Test
    void aResumedAttemptGoesOnAndOneThatBeginsAnewReplaces() {
        for (int step : new int[] {0, 10, 20, 30}) {
            run.update(Records.result(1, step, 0.5).build(), 1);
        }
        run.update(Records.result(2, 20, 0.4).build(), 1);
        assertThat(Trajectory.of(run))
                .extracting(Observation::attempt, Observation::step)
                .containsExactly(tuple(1, 0L), tuple(1, 10L), tuple(2, 20L));

        run.update(Records.result(3, 0, 0.6).build(), 1);
        assertThat(Trajectory.of(run))
                .extracting(Observation::attempt, Observation::step)
                .containsExactly(tuple(3, 0L));
    }

    @Test
    void testSamplesAndSnapshotsThatAreMostlyMissingAreNotJudged() {
        run.update(Records.result(1, 10, 0.5).setSplit(Split.TEST).build(), 1);
        run.update(Records.result(1, 20, 0.5).setCoverage(0.3).build(), 1);
        assertThat(Trajectory.of(run)).isEmpty();
    }

    @Test
    void reportedAccuracyIsThatOfTheStepOrTheLastBefore() {
        run.update(Records.heartbeat(1, 5, 0.5).setAccuracy(0.9).build(), 1);
        run.update(Records.heartbeat(1, 15, 0.1).setAccuracy(1).build(), 1);
        run.update(Records.result(1, 10, 0.5).build(), 1);
        run.update(Records.result(1, 20, 0.5).build(), 1);
        assertThat(Trajectory.of(run)).extracting(Observation::accuracy).containsExactly(0.9, 1.0);
    }

    @Test
    void theForecastStartsFromTheFirstMeasuredRowSum() {
        run.update(sgd(1).build(), 1);
        run.conclude(PhaseSettings.DEFAULT);
        assertThat(run.insight().nc0Forecast(0)).isNaN();
        assertThat(run.insight().decayBudget()).isCloseTo(1, within(1e-12));

        run.update(measured(100, 2).build(), 1);
        run.conclude(PhaseSettings.DEFAULT);
        assertThat(run.insight().nc0Forecast(0)).isNaN();
        assertThat(run.insight().nc0Forecast(100)).isCloseTo(4 / 10.0, within(1e-12));
        assertThat(run.insight().nc0Forecast(1000)).isCloseTo(0.4 * Math.exp(-1.8), within(5e-3));
        assertThat(run.insight().sentence()).startsWith("NC0 ends near 0.065");
    }

    @Test
    void aLastLayerThatIsNotDecayedAsDeclaredIsAFinding() {
        run.update(sgd(1).build(), 1);
        for (int step = 0; step <= 1000; step += 100) {
            run.update(measured(step, 2).build(), 1);
        }
        run.conclude(PhaseSettings.DEFAULT);
        assertThat(run.insight().finding().orElseThrow()).endsWith("the last layer is likely not decayed");
    }

    @Test
    void aLossThatLeavesWhatWasReachedIsADivergenceOfTheRun() {
        run.update(sgd(1).build(), 1);
        run.update(measured(100, 2).putMetrics("error_rate", 0).build(), 1);
        run.update(Records.heartbeat(1, 100, 0.01).build(), 1);
        for (int step = 200; step <= 400; step += 100) {
            run.conclude(PhaseSettings.DEFAULT);
            assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
            run.update(Records.heartbeat(1, step, 0.5).build(), 1);
        }
        run.conclude(PhaseSettings.DEFAULT);
        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
    }

    @Test
    void aNewAttemptIsNotJudgedBeforeItsDescriptorCame() {
        RecordedRun recorded = RecordedRun.read("adamw");
        Run adamw = recorded.replay(recorded.results());
        adamw.update(recorded.results().get(20).toBuilder().setAttempt(2).build(), 2);
        adamw.conclude(PhaseSettings.DEFAULT);
        assertThat(adamw.insight().phases().phase()).isEqualTo(Phase.EXCLUDED);
        assertThat(adamw.insight().phases().transitions()).hasSize(1);
    }

    private static RunDescriptor.Builder sgd(int attempt) {
        return Declarations.of(OptimizerKind.SGD, 0.01, 0.9, 1e-2, Coupling.COUPLED, 1000)
                .setAttempt(attempt)
                .addLayers(Records.LAYER);
    }

    private static LayerResult.Builder measured(int step, double norm) {
        return Records.result(1, step, 0.5).putMetrics("nc0_norm", norm).putMetrics("frobenius_norm", 6);
    }
}
