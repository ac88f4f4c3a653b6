package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Decompositions.SymmetricEigen;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import java.util.Arrays;
import java.util.stream.IntStream;

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
     * @param within Σ_W, or null when no scatter is kept
     * @return the ω_j, largest first; empty when undefined
     */
    static double[] compute(
            ClassStatistics statistics, Matrix centredMeans, SemidefiniteMatrix within, MetricValues metrics) {
        if (within == null) {
            return undefine(
                    "dimension " + statistics.dimension() + " is above the bound for a scatter matrix", metrics);
        }
        if (VariabilityCollapse.meansCoincide(statistics, centredMeans)) {
            return undefine("all class means coincide", metrics);
        }
        if (!within.uninvertible().isEmpty()) {
            return undefine(within.uninvertible(), metrics);
        }
        int k = centredMeans.rows();
        int r = Math.min(statistics.dimension(), k - 1);
        metrics.set(Metric.SNR_DROPPED_DIMS, statistics.dimension() - within.rank());
        if (within.rank() == 0) {
            metrics.undefine("the features have no variation within classes", Metric.SNR_MIN, Metric.SNR_MAX);
            metrics.set(Metric.VCI, 0);
            return new double[0];
        }
        Matrix whitened = within.whitenRows(centredMeans);
        double[] omegas = leading(whitened, Math.min(within.rank(), k - 1));
        metrics.set(Metric.SNR_MAX, omegas[0]);
        metrics.set(Metric.SNR_MIN, omegas[omegas.length - 1]);
        metrics.set(
                Metric.VCI,
                within.isFullRank()
                        ? indexOf(omegas, k, r, r)
                        : indexOutsideRange(centredMeans, whitened, within.outsideRange(centredMeans), r));
        if (!statistics.doublePrecision()) {
            String note =
                    "from float32 products: the relative error grows with the condition of the within-class covariance";
            metrics.note(Metric.SNR_MAX, note).note(Metric.SNR_MIN, note).note(Metric.VCI, note);
        }
        return omegas;
    }

    /**
     * Mean over j ≤ r of K/(K+ω_j²), of which {@code finite} have a finite ω. Those not given are 0: no mean has that
     * direction.
     */
    private static double indexOf(double[] omegas, int k, int finite, int r) {
        double sum = 0;
        for (double omega : omegas) {
            sum += k / (k + omega * omega);
        }
        return (sum + (finite - omegas.length)) / r;
    }

    /**
     * The same where Σ_W is singular: directions of the means without any variance within classes have ω = ∞ and add
     * nothing; the others are what is left when those are projected out.
     *
     * @param outside the centred means outside the range of Σ_W
     */
    private static double indexOutsideRange(Matrix centredMeans, Matrix whitened, Matrix outside, int r) {
        int k = centredMeans.rows();
        SymmetricEigen eigen = Decompositions.eigen(outside.gram());
        double largest = centredMeans.gram().trace();
        double threshold = PseudoInverse.RANK_TOLERANCE * PseudoInverse.RANK_TOLERANCE * largest;
        int infinite = 0;
        while (infinite < r && eigen.values()[k - 1 - infinite] > threshold) {
            infinite++;
        }
        Matrix finite = whitened;
        if (infinite > 0) {
            Matrix directions =
                    eigen.vectors().selectRows(IntStream.range(k - infinite, k).toArray());
            finite = whitened.plus(-1, directions.transposedTimes(directions.times(whitened)));
        }
        return indexOf(leading(finite, Math.min(r - infinite, finite.columns())), k, r - infinite, r);
    }

    /** The largest singular values; where squaring would blur the smallest of them, by a true SVD. */
    private static double[] leading(Matrix a, int count) {
        return count <= 0 ? new double[0] : Arrays.copyOf(Decompositions.singularValues(a, count - 1, count), count);
    }

    private static double[] undefine(String reason, MetricValues metrics) {
        metrics.undefine(reason, Metric.SNR_MIN, Metric.SNR_MAX, Metric.SNR_DROPPED_DIMS, Metric.VCI);
        return new double[0];
    }
}
