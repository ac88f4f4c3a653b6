package dev.collapsemonitor.monitor.phase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.collapsemonitor.monitor.forecast.Declarations;
import dev.collapsemonitor.monitor.phase.PhaseTrack.Transition;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class PhaseTrackTest {
    private static final RunDescriptor SGD = Declarations.of(OptimizerKind.SGD, 0.1, 0.9, 5e-4, Coupling.COUPLED, 2000)
            .build();
    private static final RunDescriptor ADAMW = Declarations.of(
                    OptimizerKind.ADAM, 1e-3, 0.9, 0.5, Coupling.DECOUPLED, 2000)
            .build();
    private static final IntToDoubleFunction FITTED = i -> i < 3 ? 0.1 : 0;
    private static final IntToDoubleFunction NOISY_HIGH = i -> 0.4 * (1 + 0.02 * Math.sin(7.3 * i * i));

    @Test
    void aRunThatDoesNotFitItsTrainingSetWarmsUpHoweverItsMetricsFall() {
        PhaseTrack track = track(SGD, new Series(20).error(i -> 0.002).falling());
        assertThat(track.phase()).isEqualTo(Phase.WARMING_UP);
        assertThat(track.transitions()).isEmpty();
        assertThat(track.terminalStep()).isEmpty();
    }

    @Test
    void theTerminalPhaseIsLatched() {
        PhaseTrack track =
                track(SGD, new Series(20).error(i -> i == 5 ? 0.001 : 0.05).falling());
        assertThat(track.terminalStep()).hasValue(500);
        assertThat(track.phase()).isEqualTo(Phase.COLLAPSING);
    }

    @Test
    void reportedAccuracyStandsForTheTrainErrorOnlyWhereASnapshotHasNone() {
        Series fitted = new Series(20)
                .error(i -> Double.NaN)
                .accuracy(i -> i < 5 ? 0.99 : 0.999)
                .falling();
        assertThat(track(SGD, fitted).terminalStep()).hasValue(500);
        assertThat(track(SGD, fitted.error(i -> 0.01)).terminalStep()).isEmpty();
    }

    @Test
    void aPhaseMustHoldForSomeSnapshotsInARow() {
        Series series = new Series(20).error(FITTED).falling();
        List<Transition> transitions = track(SGD, series).transitions();
        // In the terminal phase from snapshot 3 on, a slope from 5 on, collapsing at 5, 6 and 7.
        assertThat(transitions).first().satisfies(first -> {
            assertThat(first.from()).isEqualTo(Phase.WARMING_UP);
            assertThat(first.to()).isEqualTo(Phase.COLLAPSING);
            assertThat(first.at().step()).isEqualTo(700);
        });
    }

    @Test
    void collapsingBecomesCollapsedWhenAllFourAreAtTheirLevels() {
        PhaseTrack track = track(SGD, new Series(40).error(FITTED).falling());
        assertThat(track.transitions())
                .extracting(Transition::from, Transition::to)
                .containsExactly(tuple(Phase.WARMING_UP, Phase.COLLAPSING), tuple(Phase.COLLAPSING, Phase.COLLAPSED));
        assertThat(track.phase()).isEqualTo(Phase.COLLAPSED);
    }

    @Test
    void aRowSumAtTheFloorOfFloat32CountsAsBalancedAndNeverReverses() {
        Series collapsed = new Series(40).error(FITTED).falling().nc0Norm(i -> 1e-5 * (1 + i), i -> 0.5, i -> 10);
        assertThat(track(SGD, collapsed).phase()).isEqualTo(Phase.COLLAPSED);
    }

    @Test
    void adaptiveWithDecoupledDecayIsExcludedUnlessItsRowSumFalls() {
        Series high = new Series(30).error(FITTED).falling().nc3(i -> 0.6).nc0(i -> 0.1 + 0.01 * i);
        assertThat(track(ADAMW, high).phase()).isEqualTo(Phase.EXCLUDED);
        assertThat(track(ADAMW, high.nc0(i -> 0.5 * Math.exp(-0.1 * i))).phase())
                .isNotEqualTo(Phase.EXCLUDED);
        RunDescriptor twoClasses = ADAMW.toBuilder().setClasses(2).build();
        assertThat(track(twoClasses, high.nc0(i -> 0.1 + 0.01 * i)).phase()).isNotEqualTo(Phase.EXCLUDED);
    }

    @Test
    void coupledDecayIsNeverExcludedThoughItsRowSumRises() {
        RunDescriptor adam = Declarations.of(OptimizerKind.ADAM, 1e-3, 0.9, 5e-4, Coupling.COUPLED, 3000)
                .build();
        PhaseTrack track = track(adam, new Series(30).error(FITTED).falling().nc0(i -> 0.1 + 0.01 * i));
        assertThat(track.transitions()).extracting(Transition::to).doesNotContain(Phase.EXCLUDED);
        assertThat(track.phase()).isEqualTo(Phase.COLLAPSING);
    }

    @Test
    void anUndeclaredOptimizerIsExcludedWhenItsRowSumRisesOverTheSecondHalf() {
        RunDescriptor unknown = RunDescriptor.newBuilder().setRun("r").build();
        Series rising = new Series(30).error(FITTED).falling().nc3(i -> 0.6).nc0(i -> 0.1 + 0.01 * i);
        assertThat(track(unknown, rising).phase()).isEqualTo(Phase.EXCLUDED);
        assertThat(track(unknown, rising.nc0(i -> i < 12 ? 0.1 + 0.01 * i : 0.2))
                        .phase())
                .isNotEqualTo(Phase.EXCLUDED);
    }

    @Test
    void featuresThatCollapseWithoutTheClassifierArePartial() {
        Series partial = new Series(40).error(FITTED).falling().nc1(i -> Math.max(0.01, Math.exp(-0.4 * i)));
        assertThat(track(SGD, partial.nc3(i -> 0.6)).phase()).isEqualTo(Phase.PARTIAL);
    }

    @Test
    void whatNeitherFallsNorIsAtItsLevelIsStalled() {
        assertThat(track(
                                SGD,
                                new Series(30)
                                        .error(FITTED)
                                        .falling()
                                        .nc1(NOISY_HIGH)
                                        .nc3(NOISY_HIGH))
                        .phase())
                .isEqualTo(Phase.STALLED);
    }

    @Test
    void aRiseFromTheBestIsAReversalAndNoiseAroundItIsNone() {
        IntToDoubleFunction turning = i -> i < 15 ? Math.exp(-0.2 * i) : Math.exp(-3 + 0.1 * (i - 15));
        PhaseTrack track = track(SGD, new Series(30).error(FITTED).falling().nc1(turning));
        assertThat(track.phase()).isEqualTo(Phase.REVERSING);
        assertThat(track(
                                SGD,
                                new Series(30)
                                        .error(FITTED)
                                        .falling()
                                        .nc1(NOISY_HIGH)
                                        .nc3(NOISY_HIGH))
                        .transitions())
                .extracting(Transition::to)
                .doesNotContain(Phase.REVERSING);
    }

    /** By steps the metrics stand still after the drop; by the training clock hardly any training was done since. */
    @Test
    void aPlateauAfterTheLearningRateHasDroppedIsNoStallWhereTheScheduleIsDeclared() {
        IntToDoubleFunction plateau =
                i -> i < 15 ? Math.exp(-0.13 * i) : Math.exp(-1.95) * (1 + 0.01 * Math.sin(7.3 * i * i));
        Series series =
                new Series(40).error(FITTED).falling().nc1(plateau).nc3(i -> 0.5 + 0.5 * plateau.applyAsDouble(i));
        RunDescriptor.Builder dropped = SGD.toBuilder().setTotalSteps(4000);
        dropped.getScheduleBuilder().setKind(ScheduleKind.STEP).setFactor(0.01).addMilestones(1500 / 4000.0);
        assertThat(track(dropped.build(), series).transitions())
                .extracting(Transition::to)
                .containsExactly(Phase.COLLAPSING);
        assertThat(track(dropped.clearSchedule().build(), series).phase()).isEqualTo(Phase.STALLED);
    }

    @Test
    void snapshotsWithoutWeightsAreJudgedByTheirFeaturesAlone() {
        Series features =
                new Series(30).error(FITTED).falling().nc3(i -> Double.NaN).nc0(i -> Double.NaN);
        assertThat(track(SGD, features).phase()).isEqualTo(Phase.COLLAPSING);
    }

    @Test
    void undefinedMetricsDecideNothing() {
        Series nothing = new Series(30)
                .error(FITTED)
                .nc1(i -> Double.NaN)
                .nc3(i -> Double.NaN)
                .nc0(i -> Double.NaN);
        assertThat(track(SGD, nothing).phase()).isEqualTo(Phase.WARMING_UP);
    }

    @Test
    void theTransitionsOfAPrefixAreAPrefixOfTheTransitions() {
        List<Observation> observations = new Series(40).error(FITTED).falling().list();
        List<Transition> all =
                PhaseTrack.of(PhaseSettings.DEFAULT, SGD, observations).transitions();
        List<Transition> seen = new ArrayList<>();
        for (int n = 0; n <= observations.size(); n++) {
            List<Transition> soFar = PhaseTrack.of(PhaseSettings.DEFAULT, SGD, observations.subList(0, n))
                    .transitions();
            assertThat(all.subList(0, soFar.size())).isEqualTo(soFar);
            assertThat(soFar.size()).isBetween(seen.size(), seen.size() + 1);
            seen = soFar;
        }
        assertThat(seen).isEqualTo(all);
    }

    @Test
    void aLossThatLeavesWhatWasReachedHasDivergedAndAnUnluckyBatchHasNot() {
        TreeMap<Long, Double> losses = new TreeMap<>();
        for (long step = 0; step < 1000; step += 100) {
            losses.put(step, step < 500 ? 2.0 : 0.01);
        }
        OptionalLong terminal = OptionalLong.of(450);
        assertThat(LossDivergence.of(PhaseSettings.DEFAULT, terminal, losses)).isFalse();
        losses.put(1000L, 0.5);
        losses.put(1100L, 0.5);
        assertThat(LossDivergence.of(PhaseSettings.DEFAULT, terminal, losses)).isFalse();
        losses.put(1200L, 0.5);
        assertThat(LossDivergence.of(PhaseSettings.DEFAULT, terminal, losses)).isTrue();
        losses.put(1300L, 0.01);
        assertThat(LossDivergence.of(PhaseSettings.DEFAULT, terminal, losses)).isTrue();
        assertThat(LossDivergence.of(PhaseSettings.DEFAULT, OptionalLong.empty(), losses))
                .isFalse();
    }

    private static PhaseTrack track(RunDescriptor declared, Series series) {
        return PhaseTrack.of(PhaseSettings.DEFAULT, declared, series.list());
    }

    /** Snapshots 100 steps apart; what is not said is as at a random start. */
    private static final class Series {
        private final int length;
        private IntToDoubleFunction error = i -> 1;
        private IntToDoubleFunction accuracy = i -> Double.NaN;
        private IntToDoubleFunction nc0Norm = i -> 1.7;
        private IntToDoubleFunction nc0Relative = i -> 0.1;
        private IntToDoubleFunction weightNorm = i -> 3;
        private IntToDoubleFunction nc1 = i -> 7;
        private IntToDoubleFunction nc2 = i -> 0.78;
        private IntToDoubleFunction nc3 = i -> 1.41;

        Series(int length) {
            this.length = length;
        }

        /** Everything falls, to its level within 30 snapshots. */
        Series falling() {
            nc1 = i -> 2 * Math.exp(-0.15 * i);
            nc2 = i -> 0.1 + 0.6 * Math.exp(-0.15 * i);
            nc3 = i -> 0.1 + 1.3 * Math.exp(-0.15 * i);
            return nc0Norm(i -> 1.7 * Math.exp(-0.1 * i), i -> 0.1 * Math.exp(-0.2 * i), i -> 3);
        }

        Series error(IntToDoubleFunction values) {
            error = values;
            return this;
        }

        Series accuracy(IntToDoubleFunction values) {
            accuracy = values;
            return this;
        }

        Series nc0Norm(IntToDoubleFunction norm, IntToDoubleFunction relative, IntToDoubleFunction weights) {
            nc0Norm = norm;
            nc0Relative = relative;
            weightNorm = weights;
            return this;
        }

        /** ρ₀, at weights of constant norm. */
        Series nc0(IntToDoubleFunction relative) {
            return nc0Norm(i -> 3 * Math.sqrt(10 * relative.applyAsDouble(i)), relative, i -> 3);
        }

        Series nc1(IntToDoubleFunction values) {
            nc1 = values;
            return this;
        }

        Series nc3(IntToDoubleFunction values) {
            nc3 = values;
            return this;
        }

        List<Observation> list() {
            List<Observation> list = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                list.add(new Observation(
                        1,
                        100L * i,
                        i,
                        error.applyAsDouble(i),
                        accuracy.applyAsDouble(i),
                        nc0Norm.applyAsDouble(i),
                        nc0Relative.applyAsDouble(i),
                        nc1.applyAsDouble(i),
                        nc2.applyAsDouble(i),
                        nc3.applyAsDouble(i),
                        weightNorm.applyAsDouble(i)));
            }
            return list;
        }
    }
}
