package dev.collapsemonitor.trainer.data;

import java.util.List;

/**
 * Changes a training set: a smaller, an imbalanced or a noisy one. The same samples give the same result every time;
 * whatever is random comes from a seed of the transformation's own. Arguments are left as they are.
 */
@FunctionalInterface
public interface Transformation {
    /**
     * The changed samples.
     *
     * @throws dev.collapsemonitor.protocol.UserException when the samples do not allow it
     */
    Samples apply(Samples samples);

    /** One after the other, the first first. */
    static Transformation inOrder(List<Transformation> transformations) {
        List<Transformation> steps = List.copyOf(transformations);
        return samples -> {
            Samples changed = samples;
            for (Transformation step : steps) {
                changed = step.apply(changed);
            }
            return changed;
        };
    }
}
