package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;

/** NC1 and its relatives: how small the spread within classes is against the distance between them. */
public final class VariabilityCollapse {
    /** Centred means below this share of the means are rounding. */
    private static final double COINCIDENT = 0x1p-50;

    private VariabilityCollapse() {}

    /**
     * {@code tcv} = tr(S_W)/N (arXiv 2402.03991), {@code nc1_quotient} = tr Σ_W / tr Σ_B, {@code tcv_relative} =
     * tr Σ_W / tr Σ_T, with Σ_W = S_W/N, Σ_B = M_cᵀM_c/K. The ratios are undefined when all class means coincide and,
     * for tcv_relative, all features too.
     */
    static void computeTraces(ClassStatistics statistics, Matrix centredMeans, MetricValues metrics) {
        double within = 0;
        for (double variance : statistics.variances()) {
            within += variance;
        }
        within /= statistics.total();
        metrics.set(Metric.TCV, within);
        double between = meansCoincide(statistics, centredMeans) ? 0 : betweenTrace(centredMeans);
        if (between == 0) {
            metrics.undefine("all class means coincide", Metric.NC1_QUOTIENT);
        } else {
            metrics.set(Metric.NC1_QUOTIENT, within / between);
        }
        if (within + between == 0) {
            metrics.undefine("all features coincide", Metric.TCV_RELATIVE);
        } else {
            metrics.set(Metric.TCV_RELATIVE, within / (within + between));
        }
    }

    /** tr Σ_B = ‖M_c‖²_F/K. */
    static double betweenTrace(Matrix centredMeans) {
        double norm = centredMeans.frobeniusNorm();
        return norm * norm / centredMeans.rows();
    }

    /** Whether there is only one class, or the class means differ by no more than rounding. */
    static boolean meansCoincide(ClassStatistics statistics, Matrix centredMeans) {
        return centredMeans.rows() < 2
                || centredMeans.frobeniusNorm()
                        <= COINCIDENT * statistics.means().frobeniusNorm();
    }

    /**
     * {@code nc1} = tr(Σ_W Σ_B⁺)/K (arXiv 2008.08186) = tr(M_c⁺ᵀ Σ_W M_c⁺) = Σ_{j: s_j > 1e-6·s_1} (v_jᵀ Σ_W v_j)/s_j² over
     * the thin SVD M_c = U diag(s) Vᵀ: no d × d pseudo-inverse. {@code class_mean_rank} is the number of s_j kept; below
     * min(d, K−1) class means coincide and nc1 ignores a direction, which is noted. Undefined when all class means
     * coincide.
     *
     * <p>Without a scatter matrix (dimension above the bound) the forms are estimated from the retained samples.
     *
     * @param gram M_cM_cᵀ
     * @param within Σ_W, or null when no scatter is kept
     */
    static void computeNc1(
            ClassStatistics statistics,
            Matrix centredMeans,
            Matrix gram,
            SemidefiniteMatrix within,
            MetricValues metrics) {
        if (meansCoincide(statistics, centredMeans)) {
            metrics.undefine("all class means coincide", Metric.NC1);
            metrics.set(Metric.CLASS_MEAN_RANK, 0);
            return;
        }
        PseudoInverse inverse = PseudoInverse.of(centredMeans, gram);
        double[] variances = within == null
                ? RetainedGeometry.projectedCovariance(statistics, inverse.rows())
                : within.quadraticForms(inverse.rows());
        double sum = 0;
        for (double variance : variances) {
            // Rounding can bring the form of a direction without variance to a tiny negative value.
            sum += Math.max(0, variance);
        }
        metrics.set(Metric.NC1, sum);
        metrics.set(Metric.CLASS_MEAN_RANK, inverse.rank());
        int full = Math.min(statistics.dimension(), centredMeans.rows() - 1);
        if (inverse.rank() < full) {
            metrics.note(
                    Metric.NC1,
                    "class means coincide in " + (full - inverse.rank()) + " of " + full
                            + " directions, which nc1 leaves out");
        }
        if (within == null) {
            metrics.note(
                    Metric.NC1,
                    "estimated from " + statistics.samples().size() + " retained samples: no scatter is kept");
        }
    }

    /**
     * {@code cdnv} = mean over pairs i&lt;j of (Var_i + Var_j)/(2‖μ_i − μ_j‖²), Var_k = v_k/n_k (arXiv 2112.15121).
     * Undefined for one class and where two class means are equal, or differ by no more than rounding.
     *
     * @param gram M_cM_cᵀ
     */
    static void computeCdnv(ClassStatistics statistics, Matrix centredMeans, Matrix gram, MetricValues metrics) {
        int k = centredMeans.rows();
        if (k < 2) {
            metrics.undefine("fewer than two classes have samples", Metric.CDNV);
            return;
        }
        double rounding = COINCIDENT * statistics.means().frobeniusNorm();
        double sum = 0;
        for (int i = 0; i < k; i++) {
            double varianceI = statistics.variances()[i] / statistics.counts()[i];
            for (int j = 0; j < i; j++) {
                double varianceJ = statistics.variances()[j] / statistics.counts()[j];
                double scale = gram.get(i, i) + gram.get(j, j);
                double distance = scale - 2 * gram.get(i, j);
                if (distance < 1e-6 * scale) {
                    distance = squaredDistance(centredMeans, i, j); // the Gram form has lost its digits
                }
                if (distance <= rounding * rounding) {
                    metrics.undefine(
                            "the means of classes " + statistics.present()[j] + " and "
                                    + statistics.present()[i] + " are equal",
                            Metric.CDNV);
                    return;
                }
                sum += (varianceI + varianceJ) / (2 * distance);
            }
        }
        metrics.set(Metric.CDNV, sum / (k * (k - 1) / 2.0));
    }

    private static double squaredDistance(Matrix rows, int i, int j) {
        double sum = 0;
        for (int c = 0; c < rows.columns(); c++) {
            double difference = rows.get(i, c) - rows.get(j, c);
            sum += difference * difference;
        }
        return sum;
    }
}
