package dev.collapsemonitor.trainer.data;

/**
 * Labelled samples, row-major.
 *
 * @param features {@code labels.length} x {@code dimension}
 * @param labels in [0, classes)
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere; boxing a data set would be absurd
public record Samples(float[] features, int[] labels, int dimension, int classes) {
    public Samples {
        if ((long) labels.length * dimension != features.length) {
            throw new IllegalArgumentException(
                    labels.length + " labels of dimension " + dimension + " do not fit " + features.length + " values");
        }
    }

    /** Number of samples. */
    public int size() {
        return labels.length;
    }

    /** Samples per class. */
    public long[] classCounts() {
        long[] counts = new long[classes];
        for (int label : labels) {
            counts[label]++;
        }
        return counts;
    }

    /** The samples at the given positions, in that order. */
    public Samples select(int... positions) {
        float[] chosen = new float[Math.multiplyExact(positions.length, dimension)];
        int[] chosenLabels = new int[positions.length];
        for (int i = 0; i < positions.length; i++) {
            System.arraycopy(features, positions[i] * dimension, chosen, i * dimension, dimension);
            chosenLabels[i] = labels[positions[i]];
        }
        return new Samples(chosen, chosenLabels, dimension, classes);
    }

    /**
     * A class-balanced subset: the same number of every class, or as near as {@code limit} and the classes allow.
     *
     * @param limit largest number of samples; all are kept when there are no more
     * @return the chosen samples in their present order
     */
    public Samples balancedSubset(int limit, long seed) {
        if (limit >= size()) {
            return this;
        }
        return select(BalancedSubset.positions(labels, classes, limit, seed));
    }
}
