package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;

/** How class sizes fall from the first class to the last. */
public sealed interface ImbalanceProfile {
    /** Two sizes: the last {@code minorityClasses} classes are small, the others large. */
    record Step(int minorityClasses) implements ImbalanceProfile {
        @Override
        public double share(int k, int classes, double ratio) {
            if (minorityClasses < 1 || minorityClasses >= classes) {
                throw new UserException("step imbalance with " + minorityClasses + " minority classes of " + classes
                        + "; give 1 to " + (classes - 1));
            }
            return k < classes - minorityClasses ? 1 : 1 / ratio;
        }
    }

    /** Two sizes, with half of the classes (rounded down) small: the step imbalance of arXiv:1710.05381. */
    record HalfStep() implements ImbalanceProfile {
        @Override
        public double share(int k, int classes, double ratio) {
            return new Step(classes / 2).share(k, classes, ratio);
        }
    }

    /** Geometric: class k has n·R^(−k/(K−1)) samples, the "long tail" of arXiv:1901.05555. */
    record Exponential() implements ImbalanceProfile {
        @Override
        public double share(int k, int classes, double ratio) {
            return Math.pow(ratio, -(double) k / (classes - 1));
        }
    }

    /**
     * Size of class k relative to the largest, in [1/ratio, 1].
     *
     * @param classes at least 2
     * @param ratio R, largest to smallest class
     */
    double share(int k, int classes, double ratio);
}
