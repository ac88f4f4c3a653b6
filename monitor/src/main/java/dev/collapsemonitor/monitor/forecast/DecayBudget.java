package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.Optional;

/**
 * How much decay a run has been through at a step: B(t) = Σ_{u<t} η_u λ_c/(1−β) + η_u λ_d with the coupled and the decoupled
 * part of the classifier's λ (SGD, heavy ball or Nesterov), Σ_{u<t} η_u λ for any other rule. Under cross-entropy SGD takes
 * ‖Wᵀ1‖ to about e^{−B} of its first value (arXiv 2602.16642), so runs of different rates and decays compare at equal B.
 */
public final class DecayBudget {
    private final LearningRates rates;
    private final double perRate;

    private DecayBudget(LearningRates rates, double perRate) {
        this.rates = rates;
        this.perRate = perRate;
    }

    /** The budget of a declared run; none when schedule, weight decay or coupling are not declared. */
    public static Optional<DecayBudget> of(RunDescriptor descriptor) {
        double lambda = Declared.classifierDecay(descriptor);
        double momentum = descriptor.getOptimizer().getMomentum();
        if (!descriptor.hasWeightDecay()
                || !(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)
                || (lambda > 0 && !Declared.knowsCoupling(descriptor))) {
            return Optional.empty();
        }
        double share = Declared.coupledShare(descriptor);
        boolean amplified = Declared.isSgd(descriptor) && momentum >= 0 && momentum < 1;
        double factor = amplified ? share / (1 - momentum) + 1 - share : 1;
        return LearningRates.of(descriptor).map(rates -> new DecayBudget(rates, lambda * factor));
    }

    /** B after so many steps. */
    public double at(long step) {
        return rates.clock(step) * perRate;
    }
}
