package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;

/** NC0, the row sum of the classifier (arXiv 2602.16642): a necessary condition of NC2 and NC3 that needs no data. */
public final class ClassifierRowSum {
    private ClassifierRowSum() {}

    /**
     * With m = Wᵀ1: {@code nc0} = ‖m‖²/K, {@code nc0_norm} = ‖m‖, {@code nc0_relative} = ‖m‖²/(K‖W‖²_F) in [0, 1].
     * nc0_relative is undefined for W = 0.
     *
     * @param weights K × d
     */
    static void compute(Matrix weights, MetricValues metrics) {
        double norm = norm(weights);
        metrics.set(Metric.NC0_NORM, norm);
        metrics.set(Metric.NC0, norm * norm / weights.rows());
        double relative = relative(weights);
        if (Double.isNaN(relative)) {
            metrics.undefine("the weights are zero", Metric.NC0_RELATIVE);
        } else {
            metrics.set(Metric.NC0_RELATIVE, relative);
        }
    }

    /** ρ₀ = ‖Wᵀ1‖²/(K‖W‖²_F), or NaN for W = 0. */
    static double relative(Matrix weights) {
        double frobenius = weights.frobeniusNorm();
        double ratio = norm(weights) / frobenius;
        return frobenius == 0 ? Double.NaN : ratio * ratio / weights.rows();
    }

    /** ‖Wᵀ1‖. */
    static double norm(Matrix weights) {
        double[] sum = new double[weights.columns()];
        for (int i = 0; i < weights.rows(); i++) {
            for (int j = 0; j < sum.length; j++) {
                sum[j] += weights.get(i, j);
            }
        }
        return Vectors.norm(sum, 0, sum.length);
    }
}
