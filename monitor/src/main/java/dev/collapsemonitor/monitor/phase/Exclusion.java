package dev.collapsemonitor.monitor.phase;

import dev.collapsemonitor.monitor.forecast.Declared;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.RunDescriptor;

/** Whether the declared optimizer can exclude collapse (arXiv 2602.16642). */
enum Exclusion {
    /** Decoupled decay with an adaptive optimizer, λ > 0, K > 2. */
    DECLARED,
    /** Coupled decay, plain SGD, no decay, two classes. */
    IMPOSSIBLE,
    /** Too little was declared: only the measured row sum can tell. */
    UNKNOWN;

    static Exclusion of(RunDescriptor descriptor) {
        boolean adaptive = Declared.isAdaptive(descriptor);
        if (Declared.isSgd(descriptor) || descriptor.getClasses() == 2) {
            return IMPOSSIBLE;
        }
        if (!adaptive || !descriptor.hasWeightDecay()) {
            return isCoupled(descriptor) ? IMPOSSIBLE : UNKNOWN;
        }
        if (Declared.classifierDecay(descriptor) == 0 || isCoupled(descriptor)) {
            return IMPOSSIBLE;
        }
        return descriptor.getWeightDecay().getCoupling() == Coupling.DECOUPLED ? DECLARED : UNKNOWN;
    }

    private static boolean isCoupled(RunDescriptor descriptor) {
        return descriptor.getWeightDecay().getCoupling() == Coupling.COUPLED;
    }
}
