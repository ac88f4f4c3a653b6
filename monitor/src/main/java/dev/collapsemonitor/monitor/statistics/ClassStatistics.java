package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;

/**
 * What the metrics are computed from: the statistics of one layer's features at the end of a snapshot. Classes without
 * samples are left out; index p counts the classes present.
 *
 * @param classes declared number of classes
 * @param present the labels of the classes present, ascending
 * @param counts samples n_p (sums of weights in rolling mode)
 * @param means μ_p, present × dimension
 * @param variances v_p = Σ ‖h − μ_p‖²
 * @param scatter S_W, dimension × dimension, or null when the dimension is above the bound
 * @param doublePrecision whether the products in {@code scatter} were formed in float64
 * @param normSum Σ ‖h_i‖
 * @param predictedCount samples whose predicted label is known
 * @param wrongCount samples whose predicted label is not their label
 * @param samples retained samples
 */
public record ClassStatistics(
        int classes,
        int[] present,
        double[] counts,
        Matrix means,
        double[] variances,
        Matrix scatter,
        boolean doublePrecision,
        double normSum,
        double predictedCount,
        double wrongCount,
        RetainedSamples samples) {

    /** Number of classes with samples. */
    public int presentClasses() {
        return present.length;
    }

    public int dimension() {
        return means.columns();
    }

    /** N, the number of samples. */
    public double total() {
        double total = 0;
        for (double count : counts) {
            total += count;
        }
        return total;
    }

    /** μ_G = (1/K) Σ μ_k, unweighted. */
    public double[] globalMean() {
        double[] mean = new double[dimension()];
        for (int p = 0; p < presentClasses(); p++) {
            for (int j = 0; j < mean.length; j++) {
                mean[j] += means.get(p, j);
            }
        }
        for (int j = 0; j < mean.length; j++) {
            mean[j] /= presentClasses();
        }
        return mean;
    }

    /** M_c: rows μ_p − μ_G. */
    public Matrix centredMeans() {
        double[] global = globalMean();
        Matrix centred = Matrix.zeros(presentClasses(), dimension());
        for (int p = 0; p < presentClasses(); p++) {
            for (int j = 0; j < global.length; j++) {
                centred.data()[p * global.length + j] = means.get(p, j) - global[j];
            }
        }
        return centred;
    }
}
