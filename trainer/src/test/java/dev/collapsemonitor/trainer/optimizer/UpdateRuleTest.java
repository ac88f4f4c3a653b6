package dev.collapsemonitor.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

class UpdateRuleTest {
    @Test
    void shouldMakeEveryRuleItNames() {
        for (String name : UpdateRule.NAMES) {
            IUpdater updater = rule(name).updater(100);
            assertThat(updater.getLearningRate(0, 0)).as(name).isEqualTo(0.1);
            assertThat(updater.clone()).as(name).isEqualTo(updater);
        }
    }

    @Test
    void shouldDecoupleDecayWhereTheNameSaysSo() {
        assertThat(UpdateRule.NAMES.stream().filter(name -> rule(name).decouplesDecay()))
                .containsExactly("sgdw", "adamw");
        assertThat(rule("adamw").decay(0.5)).isEqualTo(Decay.decoupled(0.5));
        assertThat(rule("adam").decay(0.5)).isEqualTo(Decay.coupled(0.5));
        assertThat(rule("adamw").updater(9)).isEqualTo(rule("adam").updater(9));
    }

    @Test
    void shouldDescribeItsOwnRules() {
        assertThat(describe("sgd"))
                .isEqualTo(Optimizer.newBuilder()
                        .setKind(OptimizerKind.SGD)
                        .setMomentum(0.9)
                        .setName("HeavyBall")
                        .build());
        assertThat(describe("signum").getKind()).isEqualTo(OptimizerKind.SIGN_SGD);
        assertThat(describe("signum").getMomentum()).isEqualTo(0.9);
        assertThat(describe("signsgd").getMomentum()).isZero();
    }

    @Test
    void shouldDescribeItsSchedules() {
        assertThat(describe(ScheduleOptions.constant()))
                .isEqualTo(Schedule.newBuilder()
                        .setKind(ScheduleKind.CONSTANT)
                        .setBase(0.1)
                        .build());
        assertThat(describe(ScheduleOptions.step(List.of(0.5, 0.75)).warmUp(10)))
                .isEqualTo(Schedule.newBuilder()
                        .setKind(ScheduleKind.STEP)
                        .setBase(0.1)
                        .setFactor(0.1)
                        .addMilestones(0.5)
                        .addMilestones(0.75)
                        .setWarmupSteps(10)
                        .build());
        assertThat(describe(new ScheduleOptions("cosine", List.of(), 0.01, 0)))
                .isEqualTo(Schedule.newBuilder()
                        .setKind(ScheduleKind.COSINE)
                        .setBase(0.1)
                        .setFactor(0.01)
                        .build());
    }

    @Test
    void shouldStepTheRateAtRoundedFractions() {
        StepSchedule schedule = new StepSchedule(1, 0.1, new double[] {1.0 / 3, 2.0 / 3}, 300);
        assertThat(schedule.valueAt(99, 0)).isEqualTo(1);
        assertThat(schedule.valueAt(100, 0)).isEqualTo(0.1);
        assertThat(schedule.valueAt(200, 0)).isCloseTo(0.01, offset(1e-12));
    }

    @Test
    void shouldEndTheCosineAtItsFactor() {
        ISchedule schedule = new ScheduleOptions("cosine", List.of(), 0.01, 0).schedule(2, 100);
        assertThat(schedule.valueAt(0, 0)).isEqualTo(2);
        assertThat(schedule.valueAt(50, 0)).isCloseTo(1.01, offset(1e-12));
        assertThat(schedule.valueAt(100, 0)).isCloseTo(0.02, offset(1e-12));
        assertThat(schedule.valueAt(150, 0)).isCloseTo(0.02, offset(1e-12));
    }

    @Test
    void shouldExplainWhatIsImpossible() {
        assertThatThrownBy(() -> rule("lion"))
                .isInstanceOf(UserException.class)
                .hasMessage("optimizer lion is unknown;"
                        + " use one of sgd, sgdw, nesterov, adam, adamw, amsgrad, signsgd, signum");
        assertThatThrownBy(() -> new UpdateRule("adam", 0, 0.9, ScheduleOptions.constant()))
                .isInstanceOf(UserException.class)
                .hasMessage("learning rate 0.0 of adam is not a positive number");
        assertThatThrownBy(() -> new UpdateRule("adam", 1, 1, ScheduleOptions.constant()))
                .isInstanceOf(UserException.class)
                .hasMessage("momentum 1.0 of adam is not in [0, 1)");
        assertThatThrownBy(() -> ScheduleOptions.step(List.of(0.75, 0.5)))
                .isInstanceOf(UserException.class)
                .hasMessage("learning-rate milestones [0.75, 0.5] are not increasing fractions between 0 and 1");
        assertThatThrownBy(() -> new ScheduleOptions("linear", List.of(), 1, 0))
                .isInstanceOf(UserException.class)
                .hasMessage("learning-rate schedule linear is unknown; use one of constant, step, cosine");
    }

    private static UpdateRule rule(String name) {
        return new UpdateRule(name, 0.1, 0.9, ScheduleOptions.constant());
    }

    private static Optimizer describe(String name) {
        return ((DescribedUpdater) rule(name).updater(100)).describe();
    }

    private static Schedule describe(ScheduleOptions schedule) {
        return ((DescribedSchedule) schedule.schedule(0.1, 100)).describe();
    }
}
