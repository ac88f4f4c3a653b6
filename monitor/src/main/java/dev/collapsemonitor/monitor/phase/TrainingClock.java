package dev.collapsemonitor.monitor.phase;

import dev.collapsemonitor.monitor.forecast.Declared;
import dev.collapsemonitor.monitor.forecast.LearningRates;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.Optional;

/**
 * How much training was done at a step: Σ η_t/(1−β) for SGD, Σ η_t for adaptive rules, where the schedule is declared;
 * else steps. A plateau after the learning rate has fallen is none by this clock.
 */
final class TrainingClock {
    private final Optional<LearningRates> rates;
    private final double factor;

    TrainingClock(RunDescriptor descriptor) {
        rates = LearningRates.of(descriptor);
        double momentum = descriptor.getOptimizer().getMomentum();
        factor = Declared.isSgd(descriptor) && momentum >= 0 && momentum < 1 ? 1 / (1 - momentum) : 1;
    }

    double at(long step) {
        return rates.map(declared -> factor * declared.clock(step)).orElse((double) step);
    }
}
