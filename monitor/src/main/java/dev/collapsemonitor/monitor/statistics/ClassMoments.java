package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Vectors;

/**
 * First moments of one class, relative to a reference inside the class: sums of small differences instead of large
 * values. The reference stays where the class was first seen until the mean has left it behind.
 */
final class ClassMoments {
    /** Samples from which on a mean says more than the reference. */
    private static final int SETTLED = 8;

    final double[] reference;
    final float[] floatReference;
    final double[] sum;
    double weight;
    double squares;
    double seen;
    double wrong;

    /**
     * @param reference any point close to the class; exactly representable in float32 when {@code single}
     * @param single whether rows are centred in float32
     */
    ClassMoments(double[] reference, boolean single) {
        this.reference = reference;
        this.sum = new double[reference.length];
        if (single) {
            floatReference = new float[reference.length];
            for (int j = 0; j < reference.length; j++) {
                floatReference[j] = (float) reference[j];
            }
        } else {
            floatReference = null;
        }
    }

    /** Mean of some rows of a batch, rounded to float32 when {@code single}. */
    static double[] meanOf(Batch batch, int[] order, int from, int to, boolean single) {
        int dimension = batch.dimension();
        double[] mean = new double[dimension];
        double[] row = new double[dimension];
        for (int i = from; i < to; i++) {
            batch.copyRow(order[i], row);
            for (int j = 0; j < dimension; j++) {
                mean[j] += row[j];
            }
        }
        for (int j = 0; j < dimension; j++) {
            mean[j] /= to - from;
            if (single) {
                mean[j] = (float) mean[j];
            }
        }
        return mean;
    }

    /** Σ ‖h − μ‖² = Σ ‖h − r‖² − n ‖μ − r‖². */
    double scatterTrace() {
        return Math.max(0, squares - Vectors.squaredNorm(sum, 0, sum.length) / weight);
    }

    /**
     * Whether the mean lies farther from the reference than the class is wide: then sums around the reference lose digits,
     * be it that the reference is an outlier of the class or that the class has moved on.
     *
     * @param unit weight of one new sample
     */
    boolean isOffCentre(double unit) {
        return weight >= SETTLED * unit && 2 * Vectors.squaredNorm(sum, 0, sum.length) > squares * weight;
    }

    /** Moves the reference to the mean, rounded to float32 where rows are centred in it. */
    void moveReference() {
        double cross = 0;
        double shift = 0;
        for (int j = 0; j < sum.length; j++) {
            double target = reference[j] + sum[j] / weight;
            if (floatReference != null) {
                floatReference[j] = (float) target;
                target = floatReference[j];
            }
            double delta = target - reference[j];
            cross += delta * sum[j];
            shift += delta * delta;
            sum[j] -= weight * delta;
            reference[j] = target;
        }
        squares = Math.max(0, squares - 2 * cross + weight * shift);
    }

    /** μ − r. */
    double[] meanOffset() {
        double[] offset = new double[sum.length];
        for (int j = 0; j < offset.length; j++) {
            offset[j] = sum[j] / weight;
        }
        return offset;
    }

    /** √n (μ − r). */
    void copyWeightedOffset(double[] target, int from) {
        double root = Math.sqrt(weight);
        for (int j = 0; j < sum.length; j++) {
            target[from + j] = sum[j] / root;
        }
    }

    /**
     * Adds the moments of another part of the same class. The other's squares move to this reference by
     * Σ‖h − r‖² = Σ‖h − s‖² + 2 (s − r)·Σ(h − s) + n ‖s − r‖².
     */
    void merge(ClassMoments other, double factor) {
        double cross = 0;
        double shift = 0;
        for (int j = 0; j < sum.length; j++) {
            double delta = other.reference[j] - reference[j];
            cross += delta * other.sum[j];
            shift += delta * delta;
            sum[j] += factor * (other.sum[j] + other.weight * delta);
        }
        squares += factor * (other.squares + 2 * cross + other.weight * shift);
        weight += factor * other.weight;
        seen += factor * other.seen;
        wrong += factor * other.wrong;
    }

    void scale(double factor) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] *= factor;
        }
        squares *= factor;
        weight *= factor;
        seen *= factor;
        wrong *= factor;
    }

    static long memoryBytes(int dimension, boolean single) {
        return (long) dimension * (2 * Double.BYTES + (single ? Float.BYTES : 0)) + 96;
    }
}
