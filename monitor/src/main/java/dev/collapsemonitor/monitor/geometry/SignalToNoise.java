package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import java.util.Arrays;

/**
 * SNR singular values ω_1 ≥ … ≥ ω_{K−1}: singular values of Σ_W^{-1/2} M_cᵀ without the structural zero
 * (arXiv 2106.02073); and the variability collapse index, which they determine.
 */
public final class SignalToNoise {
    private SignalToNoise() {}

    /**
     * {@code snr_min}, {@code snr_max}, {@code snr_dropped_dims} and {@code vci} = mean over j ≤ r of K/(K+ω_j²), r =
     * min(d, K−1) (arXiv 2306.03440; the direct form 1 − tr(Σ_T⁺Σ_B)/r goes negative at small spread). Where Σ_W is
     * singular, everything is restricted to its range and the dropped dimensions are counted.
     *
     * <p>Undefined without a scatter matrix and for coinciding means. Features without any within-class variance are
     * collapsed exactly: vci is 0, the ω are undefined.
     *
     * @return the ω_j, largest first; empty when undefined
     */
    static double[] compute(ClassStatistics statistics, Matrix centredMeans, MetricValues metrics) {
        if (statistics.scatter() == null) {
            return undefine(
                    "dimension " + statistics.dimension() + " is above the bound for a scatter matrix", metrics);
        }
        if (VariabilityCollapse.meansCoincide(statistics, centredMeans)) {
            return undefine("all class means coincide", metrics);
        }
        PseudoInverse inverse = PseudoInverse.of(statistics.scatter().scaled(1 / statistics.total()));
        int d = statistics.dimension();
        metrics.set(Metric.SNR_DROPPED_DIMS, d - inverse.rank());
        if (inverse.rank() == 0) {
            metrics.undefine("the features have no variation within classes", Metric.SNR_MIN, Metric.SNR_MAX);
            metrics.set(Metric.VCI, 0);
            return new double[0];
        }
        Matrix whitened = inverse.whitenRows(centredMeans);
        int k = centredMeans.rows();
        int r = Math.min(Math.min(whitened.columns(), d), k - 1);
        // The smallest of them matter as much as the largest: where squaring would blur them, a true SVD is taken.
        double[] omegas = Arrays.copyOf(Decompositions.singularValues(whitened, r - 1, r), r);
        metrics.set(Metric.SNR_MAX, omegas[0]);
        metrics.set(Metric.SNR_MIN, omegas[r - 1]);
        double sum = 0;
        for (double omega : omegas) {
            sum += k / (k + omega * omega);
        }
        metrics.set(Metric.VCI, sum / r);
        return omegas;
    }

    private static double[] undefine(String reason, MetricValues metrics) {
        metrics.undefine(reason, Metric.SNR_MIN, Metric.SNR_MAX, Metric.SNR_DROPPED_DIMS, Metric.VCI);
        return new double[0];
    }
}
