package dev.collapsemonitor.monitor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.collapsemonitor.monitor.phase.Phase;
import dev.collapsemonitor.monitor.phase.PhaseTrack;
import dev.collapsemonitor.monitor.phase.PhaseTrack.Transition;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The phases of real trainings, recorded by {@code RecordRuns} of the module standalone. */
class RecordedRunsTest {
    @Test
    void sgdWithDecayCollapsesAndIsNeverCalledStalledOnItsWay() {
        PhaseTrack track = track("sgd");
        assertThat(phases(track)).containsExactly(Phase.COLLAPSING, Phase.COLLAPSED);
        assertThat(track.phase()).isEqualTo(Phase.COLLAPSED);
    }

    /** NC0 rises from 0.4 to its peak in the terminal phase, then falls. */
    @Test
    void coupledAdamWhoseRowSumRisesFirstIsNeverExcluded() {
        PhaseTrack track = track("adam-coupled");
        List<LayerResult> results = RecordedRun.read("adam-coupled").results();
        double first = results.get(0).getMetricsOrThrow("nc0");
        assertThat(results.stream().mapToDouble(result -> result.getMetricsOrThrow("nc0")))
                .as("a run that shows the rise")
                .anyMatch(nc0 -> nc0 > 1.5 * first);
        assertThat(phases(track)).doesNotContain(Phase.EXCLUDED);
        assertThat(track.phase()).isIn(Phase.COLLAPSING, Phase.COLLAPSED);
    }

    @Test
    void adamwIsExcluded() {
        assertThat(phases(track("adamw"))).containsExactly(Phase.EXCLUDED);
    }

    @Test
    void withoutWeightDecayItStalls() {
        assertThat(track("no-decay").phase()).isEqualTo(Phase.STALLED);
    }

    @Test
    void aDropOfTheLearningRateIsNoStall() {
        PhaseTrack track = track("rate-drop");
        assertThat(phases(track)).doesNotContain(Phase.STALLED);
        assertThat(track.phase()).isIn(Phase.COLLAPSING, Phase.COLLAPSED);
    }

    @Test
    void aResumedRunGoesOnWhereItWas() {
        RecordedRun recorded = RecordedRun.read("resumed");
        assertThat(recorded.results()).extracting(LayerResult::getAttempt).contains(1, 2);
        PhaseTrack track = recorded.replay(recorded.results()).insight().phases();
        assertThat(track.terminalStep().orElseThrow()).isLessThan(1_000);
        assertThat(phases(track)).doesNotContain(Phase.STALLED, Phase.WARMING_UP, Phase.EXCLUDED);
        assertThat(track.phase()).isIn(Phase.COLLAPSING, Phase.COLLAPSED);
    }

    @Test
    void aRunWithNotANumberHasDiverged() {
        RecordedRun recorded = RecordedRun.read("diverged");
        Run run = recorded.replay(recorded.results());
        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
        assertThat(run.insight().phases().phase()).isEqualTo(Phase.WARMING_UP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "no-decay", "rate-drop", "resumed", "adam-coupled"})
    void whenResultsCameAndHowOftenDecidesNothing(String name) {
        RecordedRun recorded = RecordedRun.read(name);
        RunInsight inOrder = recorded.replay(recorded.results()).insight();
        List<LayerResult> twice = new ArrayList<>(recorded.results());
        twice.addAll(recorded.results());
        Collections.shuffle(twice, new Random(3));
        assertThat(recorded.replay(twice).insight().phases()).isEqualTo(inOrder.phases());
    }

    /** SGD does what its descriptor says: the row sum is that of the closed form, without a look at the data. */
    @ParameterizedTest
    @ValueSource(strings = {"sgd", "no-decay", "rate-drop", "resumed", "no-batch-norm"})
    void measuredRowSumsFollowTheForecastOfTheDescriptor(String name) {
        RecordedRun recorded = RecordedRun.read(name);
        RunInsight insight = recorded.replay(recorded.results()).insight();
        assertThat(insight.finding()).isEmpty();
        for (LayerResult result : recorded.results()) {
            assertThat(insight.nc0Forecast(result.getStep()))
                    .as("step " + result.getStep())
                    .isCloseTo(result.getMetricsOrThrow("nc0"), withinPercentage(3));
        }
    }

    @Test
    void theForecastIsOneSentence() {
        RecordedRun sgd = RecordedRun.read("sgd");
        assertThat(sgd.replay(List.of()).insight().sentence())
                .matches("NC0 ends at 0\\.\\d+ of its first value \\(decay budget 3\\.0\\)");
        assertThat(sgd.replay(sgd.results()).insight().sentence()).startsWith("NC0 ends near 0.00");
        RecordedRun adamw = RecordedRun.read("adamw");
        assertThat(adamw.replay(List.of()).insight().sentence()).startsWith("collapse is excluded");
        assertThat(adamw.replay(adamw.results()).insight().finding()).isEmpty();
    }

    private static PhaseTrack track(String name) {
        RecordedRun recorded = RecordedRun.read(name);
        return recorded.replay(recorded.results()).insight().phases();
    }

    private static List<Phase> phases(PhaseTrack track) {
        return track.transitions().stream().map(Transition::to).toList();
    }
}
