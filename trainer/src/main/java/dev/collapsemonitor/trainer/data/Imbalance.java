package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;

/**
 * Class sizes n_k = round(n·share_k), where the largest is R times the smallest but for rounding.
 *
 * <p>n is the largest number that every class can serve: of balanced classes, their size.
 *
 * @param ratio R ≥ 1, size of the largest class over that of the smallest
 */
public record Imbalance(double ratio, ImbalanceProfile profile, long seed) implements Transformation {
    public Imbalance {
        if (!(ratio >= 1 && ratio < Double.POSITIVE_INFINITY)) {
            throw new UserException(
                    "imbalance ratio " + ratio + " is not a number of 1 or more; give largest class over smallest");
        }
    }

    @Override
    public Samples apply(Samples samples) {
        return samples.select(ClassQuotas.positions(samples.labels(), sizes(samples.classCounts()), seed));
    }

    /** Size of each class, given how many samples it has. */
    long[] sizes(long[] available) {
        int classes = available.length;
        if (classes < 2) {
            throw new UserException("imbalance needs 2 classes or more; the data set has " + classes);
        }
        double largest = Double.POSITIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.min(largest, available[k] / profile.share(k, classes, ratio));
        }
        // The margin keeps 400 / (1 / 3.0) · (1 / 3.0) from losing a sample to rounding.
        double n = Math.floor(largest * (1 + 1e-12));
        long[] sizes = new long[classes];
        for (int k = 0; k < classes; k++) {
            sizes[k] = Math.round(n * profile.share(k, classes, ratio));
            if (sizes[k] < 1) {
                throw new UserException("imbalance ratio " + ratio + " leaves class " + k + " without a sample of "
                        + (long) n + " in the largest; give a ratio of " + (long) n + " or less");
            }
        }
        return sizes;
    }
}
