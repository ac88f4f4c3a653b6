package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.Locale;
import java.util.Optional;

/**
 * What the descriptor of a run says at step 0 about its NC0, α = ‖Wᵀ1‖²/K (arXiv 2602.16642).
 *
 * <p>A curve for SGD on cross-entropy, a direction for adaptive rules, nothing where too little was declared: a forecast
 * from a guess would be worse than none.
 */
public sealed interface RowSumForecast {
    /** The forecast for the declared run. */
    static RowSumForecast of(RunDescriptor descriptor) {
        if (descriptor.getLoss().getKind() == LossKind.MSE) {
            return new Unknown("no forecast of NC0: under MSE the loss moves the row sum, too; see"
                    + " central_path_distance and central_path_spread");
        }
        if (descriptor.getLoss().getKind() != LossKind.CROSS_ENTROPY) {
            return new Unknown("no forecast of NC0: the loss is not declared");
        }
        if (!descriptor.hasWeightDecay()) {
            return new Unknown("no forecast of NC0: the weight decay is not declared");
        }
        double lambda = Declared.classifierDecay(descriptor);
        if (!(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)) {
            return new Unknown("no forecast of NC0: the declared weight decay is " + lambda);
        }
        if (lambda > 0 && !Declared.knowsCoupling(descriptor)) {
            return new Unknown("no forecast of NC0: it is not declared whether weight decay is coupled or decoupled");
        }
        if (Declared.isAdaptive(descriptor)) {
            return direction(descriptor, lambda);
        }
        return Declared.isSgd(descriptor)
                ? closedForm(descriptor, lambda)
                : new Unknown("no forecast of NC0: the optimizer is not declared");
    }

    /** One sentence for people. */
    String sentence();

    private static RowSumForecast closedForm(RunDescriptor descriptor, double lambda) {
        Optimizer optimizer = descriptor.getOptimizer();
        Optional<LearningRates> rates = LearningRates.of(descriptor);
        if (rates.isEmpty()) {
            return new Unknown("no forecast of NC0: the learning-rate schedule is not declared");
        }
        if (!(optimizer.getMomentum() >= 0 && optimizer.getMomentum() < 1)) {
            return new Unknown("no forecast of NC0: the declared momentum is " + optimizer.getMomentum());
        }
        double coupled = lambda * Declared.coupledShare(descriptor);
        RowSumRecursion recursion = new RowSumRecursion(
                rates.get(),
                new RowSumRecursion.Rule(
                        optimizer.getKind() == OptimizerKind.NESTEROV,
                        optimizer.getMomentum(),
                        coupled,
                        lambda - coupled));
        DecayBudget decay = DecayBudget.of(descriptor).orElseThrow(); // all that it needs was asked for above
        return new ClosedForm(recursion, decay, Math.max(0, descriptor.getTotalSteps()));
    }

    private static RowSumForecast direction(RunDescriptor descriptor, double lambda) {
        Coupling coupling = descriptor.getWeightDecay().getCoupling();
        if (lambda == 0) {
            return new Unknown("no forecast of NC0: an adaptive optimizer without weight decay has no closed form");
        }
        if (coupling == Coupling.COUPLED) {
            return new Direction(
                    Trend.RISES_THEN_FALLS,
                    "NC0 rises at first and falls as the learning rate decays: coupled decay with an adaptive"
                            + " optimizer; no closed form");
        }
        if (coupling == Coupling.DECOUPLED && descriptor.getClasses() > 2) {
            return new Direction(
                    Trend.GROWS,
                    "collapse is excluded: decoupled decay with an adaptive optimizer makes NC0 grow to a plateau; no"
                            + " closed form");
        }
        return new Unknown(
                coupling == Coupling.MIXED
                        ? "no forecast of NC0: an adaptive optimizer with mixed decay has no closed form"
                        : "no forecast of NC0: decoupled decay with an adaptive optimizer says nothing about "
                                + descriptor.getClasses() + " classes");
    }

    /** Where NC0 goes. */
    enum Trend {
        /** To a plateau of order (K−2)²/λ². */
        GROWS,
        /** Rises first, then → 0 under learning-rate decay. */
        RISES_THEN_FALLS
    }

    /** SGD on cross-entropy: the whole curve, up to its first value. */
    final class ClosedForm implements RowSumForecast {
        /** Below it NC0 can hardly move. */
        public static final double SMALL_BUDGET = 0.5;

        /** ‖Wᵀ1‖ over its first value where float32 training is likely to stop following. */
        private static final double ROUND_OFF = 1e-4;

        private final RowSumRecursion recursion;
        private final DecayBudget decay;
        private final long totalSteps;

        ClosedForm(RowSumRecursion recursion, DecayBudget decay, long totalSteps) {
            this.recursion = recursion;
            this.decay = decay;
            this.totalSteps = totalSteps;
        }

        /** ‖Wᵀ1‖ at a step over its value at an earlier one; NaN when that cannot be told. */
        public double normRatio(long from, long to) {
            return recursion.ratio(from, to);
        }

        /** NC0 at a step from its value at an earlier one; NaN when that cannot be told. */
        public double nc0(long from, double value, long to) {
            double ratio = recursion.ratio(from, to);
            return value * ratio * ratio;
        }

        /** B of the whole run; NaN when its length is not declared. */
        public double decayBudget() {
            return totalSteps > 0 ? decay.at(totalSteps) : Double.NaN;
        }

        @Override
        public String sentence() {
            return sentence("");
        }

        /** The sentence with the value that NC0 will end near, known from its value at a step. */
        public String sentence(long step, double nc0) {
            return sentence(String.format(Locale.ROOT, " near %.2g,", nc0(step, nc0, totalSteps)));
        }

        private String sentence(String near) {
            if (totalSteps == 0) {
                return "the number of steps is not declared, so it is not known where NC0 ends";
            }
            double budget = decayBudget();
            double ratio = recursion.ratio(0, totalSteps);
            if (budget == 0) {
                return "NC0 keeps its first value: the last layer is not decayed";
            }
            if (Double.isNaN(ratio)) {
                return "the declared learning rate and weight decay let NC0 explode";
            }
            if (budget < SMALL_BUDGET) {
                return String.format(
                        Locale.ROOT,
                        "the decay budget %.2g is too small for NC0 to move: it ends%s at %.0f %% of its first value",
                        budget,
                        near,
                        100 * ratio * ratio);
            }
            if (ratio < ROUND_OFF) {
                return String.format(
                        Locale.ROOT,
                        "NC0 ends at the round-off of float32, below %.0e of its first value (decay budget %.2g)",
                        ROUND_OFF * ROUND_OFF,
                        budget);
            }
            return String.format(
                    Locale.ROOT,
                    "NC0 ends%s at %.2g of its first value (decay budget %.2g)",
                    near,
                    ratio * ratio,
                    budget);
        }
    }

    /** An adaptive rule: a direction, not a curve. */
    record Direction(Trend trend, String sentence) implements RowSumForecast {}

    /** Too little is declared, or nothing is known. */
    record Unknown(String sentence) implements RowSumForecast {}
}
