package dev.collapsemonitor.monitor.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import org.junit.jupiter.api.Test;

class DecayBudgetTest {
    private static final double RATE = 0.1;
    private static final double LAMBDA = 0.01;

    @Test
    void onlyTheCoupledPartOfSgdIsAmplifiedByMomentum() {
        assertThat(at(OptimizerKind.SGD, Coupling.COUPLED, 0)).isEqualTo(50 * RATE * LAMBDA / 0.1, within(1e-12));
        assertThat(at(OptimizerKind.SGD, Coupling.DECOUPLED, 0)).isEqualTo(50 * RATE * LAMBDA, within(1e-12));
        assertThat(at(OptimizerKind.SGD, Coupling.MIXED, 0.25))
                .isEqualTo(50 * RATE * LAMBDA * (0.25 / 0.1 + 0.75), within(1e-12));
        assertThat(at(OptimizerKind.ADAM, Coupling.COUPLED, 0)).isEqualTo(50 * RATE * LAMBDA, within(1e-12));
    }

    @Test
    void thereIsNoneWhereTooLittleWasDeclared() {
        RunDescriptor declared = declared(OptimizerKind.SGD, Coupling.COUPLED, 0);
        assertThat(DecayBudget.of(declared.toBuilder().clearWeightDecay().build()))
                .isEmpty();
        assertThat(DecayBudget.of(declared.toBuilder().clearSchedule().build())).isEmpty();
        assertThat(DecayBudget.of(declared(OptimizerKind.SGD, Coupling.COUPLING_UNSPECIFIED, 0)))
                .isEmpty();
    }

    private static double at(OptimizerKind optimizer, Coupling coupling, double share) {
        return DecayBudget.of(declared(optimizer, coupling, share))
                .orElseThrow()
                .at(50);
    }

    private static RunDescriptor declared(OptimizerKind optimizer, Coupling coupling, double share) {
        RunDescriptor.Builder declared = RunDescriptor.newBuilder();
        declared.getOptimizerBuilder().setKind(optimizer).setMomentum(0.9);
        declared.getWeightDecayBuilder().setLambda(LAMBDA).setCoupling(coupling).setCoupledShare(share);
        declared.getScheduleBuilder().setKind(ScheduleKind.CONSTANT).setBase(RATE);
        return declared.build();
    }
}
