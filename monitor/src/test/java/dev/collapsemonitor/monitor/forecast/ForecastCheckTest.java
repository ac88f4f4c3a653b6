package dev.collapsemonitor.monitor.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.forecast.ForecastCheck.Measured;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.ClosedForm;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ForecastCheckTest {
    private static final int STEPS = 4000;
    private static final RunDescriptor DECLARED = Declarations.inThirds(
                    Declarations.of(OptimizerKind.SGD, 0.05, 0.9, 2e-3, Coupling.COUPLED, STEPS))
            .build();

    @Test
    void aRunThatDoesWhatItDeclaresHasNoFinding() {
        List<Measured> measured = measured(DECLARED);
        for (int n = 0; n <= measured.size(); n++) {
            assertThat(ForecastCheck.finding(DECLARED, measured.subList(0, n), 3))
                    .isEmpty();
        }
    }

    @Test
    void aLastLayerThatIsNotDecayedIsFoundAndNamed() {
        assertThat(finding(d -> d.getWeightDecayBuilder().setLastLayerExcluded(true)))
                .startsWith(
                        "NC0 does not follow its forecast: |W^T 1| is 1.0 times its first value, forecast was 0.23: ")
                .endsWith("the last layer is likely not decayed");
    }

    @Test
    void theWrongCouplingIsFoundAndNamed() {
        assertThat(finding(d -> d.getWeightDecayBuilder().setCoupling(Coupling.DECOUPLED)))
                .endsWith("the weight decay is likely decoupled");
    }

    @Test
    void decayThatIsAppliedTwiceIsFoundAndNamed() {
        assertThat(finding(d -> d.getWeightDecayBuilder().setLambda(4e-3)))
                .endsWith("the weight decay is likely applied twice");
    }

    @Test
    void whatNoSuspectExplainsIsStillAFinding() {
        assertThat(finding(d -> d.getScheduleBuilder().setBase(0.02))).endsWith("are not as declared");
    }

    @Test
    void oneSnapshotThatDisagreesIsNoFindingYet() {
        List<Measured> measured = measured(DECLARED);
        Measured last = measured.get(measured.size() - 1);
        measured.set(measured.size() - 1, new Measured(last.step(), 2 * last.norm(), last.weightNorm()));
        assertThat(ForecastCheck.finding(DECLARED, measured, 3)).isEmpty();
    }

    /** float32 does not follow the curve for ever: at the floor nothing is compared. */
    @Test
    void roundOffIsNoFinding() {
        RunDescriptor.Builder strong = DECLARED.toBuilder();
        strong.getWeightDecayBuilder().setLambda(0.05);
        List<Measured> measured = new ArrayList<>();
        for (Measured exact : measured(strong.build())) {
            measured.add(
                    new Measured(exact.step(), Math.max(exact.norm(), 5e-5 * exact.weightNorm()), exact.weightNorm()));
        }
        assertThat(ForecastCheck.finding(strong.build(), measured, 3)).isEmpty();
    }

    @Test
    void anAdaptiveRuleWhoseRowSumFallsAgainstItsDirectionIsAFinding() {
        RunDescriptor adamw = Declarations.of(OptimizerKind.ADAM, 1e-3, 0.9, 0.5, Coupling.DECOUPLED, STEPS)
                .build();
        List<Measured> falling = measured(DECLARED);
        assertThat(ForecastCheck.finding(adamw, falling, 3).orElseThrow()).contains("likely coupled");
        List<Measured> growing = new ArrayList<>();
        falling.forEach(m -> growing.add(new Measured(m.step(), 1 + m.step(), m.weightNorm())));
        assertThat(ForecastCheck.finding(adamw, growing, 3)).isEmpty();
    }

    private static String finding(Consumer<RunDescriptor.Builder> truth) {
        RunDescriptor.Builder builder = DECLARED.toBuilder();
        truth.accept(builder);
        return ForecastCheck.finding(DECLARED, measured(builder.build()), 3).orElseThrow();
    }

    private static List<Measured> measured(RunDescriptor truth) {
        ClosedForm curve = (ClosedForm) RowSumForecast.of(truth);
        List<Measured> measured = new ArrayList<>();
        for (int step = 0; step <= STEPS; step += STEPS / 20) {
            measured.add(new Measured(step, 1.7 * curve.normRatio(0, step), 6));
        }
        return measured;
    }
}
