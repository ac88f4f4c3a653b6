package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightDecay;

/** Answers about the declared optimizer and weight decay that forecast and phases share. */
public final class Declared {
    private Declared() {}

    /** SGD with or without momentum, for which the row sum of the classifier has a closed form. */
    public static boolean isSgd(RunDescriptor descriptor) {
        OptimizerKind kind = descriptor.getOptimizer().getKind();
        return kind == OptimizerKind.SGD || kind == OptimizerKind.NESTEROV;
    }

    /** A rule that divides the gradient by its own size: Adam, AMSGrad, SignSGD, Signum. */
    public static boolean isAdaptive(RunDescriptor descriptor) {
        return switch (descriptor.getOptimizer().getKind()) {
            case ADAM, AMSGRAD, SIGN_SGD -> true;
            case SGD, NESTEROV, OPTIMIZER_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    /** λ of the classifier. */
    public static double classifierDecay(RunDescriptor descriptor) {
        WeightDecay decay = descriptor.getWeightDecay();
        return decay.getLastLayerExcluded() ? 0 : decay.getLambda();
    }

    /** Share of λ that is coupled, in [0, 1]. */
    public static double coupledShare(RunDescriptor descriptor) {
        WeightDecay decay = descriptor.getWeightDecay();
        return switch (decay.getCoupling()) {
            case COUPLED -> 1;
            case MIXED -> Math.min(1, Math.max(0, decay.getCoupledShare()));
            case DECOUPLED, COUPLING_UNSPECIFIED, UNRECOGNIZED -> 0;
        };
    }

    /** Whether it is said how decay meets the update. */
    public static boolean knowsCoupling(RunDescriptor descriptor) {
        Coupling coupling = descriptor.getWeightDecay().getCoupling();
        return coupling != Coupling.COUPLING_UNSPECIFIED && coupling != Coupling.UNRECOGNIZED;
    }
}
