package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;

/** NC3: alignment of the classifier with the class means (arXiv 2008.08186, 2602.16642). */
public final class SelfDuality {
    private SelfDuality() {}

    /**
     * {@code nc3} = ‖W/‖W‖_F − M_c/‖M_c‖_F‖_F in [0, 2], from the difference itself (√(2 − 2cos) would return 0 below
     * 1e-8); {@code nc3_etf} = ‖WM_cᵀ/‖WM_cᵀ‖_F − E*‖_F; {@code nc3_floor} = √(2ρ₀/(1+√(1−ρ₀))), the lower bound that
     * ρ₀ of the same rows puts on nc3.
     *
     * <p>Undefined for one class, W = 0 or coinciding class means (the floor: for W = 0 only).
     *
     * @param weights rows of the classes present, K × d
     * @param centredMeans M_c, K × d
     */
    static void compute(Matrix weights, Matrix centredMeans, boolean meansCoincide, MetricValues metrics) {
        double weightNorm = weights.frobeniusNorm();
        if (weightNorm == 0) {
            metrics.undefine("the weights are zero", Metric.NC3, Metric.NC3_ETF, Metric.NC3_FLOOR);
            return;
        }
        metrics.set(Metric.NC3_FLOOR, floor(ClassifierRowSum.relative(weights)));
        if (meansCoincide) {
            metrics.undefine("all class means coincide", Metric.NC3, Metric.NC3_ETF);
            return;
        }
        double meanNorm = centredMeans.frobeniusNorm();
        metrics.set(
                Metric.NC3,
                weights.scaled(1 / weightNorm).plus(-1 / meanNorm, centredMeans).frobeniusNorm());
        Matrix product = weights.timesTransposed(centredMeans);
        if (product.frobeniusNorm() == 0) {
            metrics.undefine("classifier and class means are orthogonal", Metric.NC3_ETF);
        } else {
            metrics.set(Metric.NC3_ETF, SimplexEtf.distanceToEtf(product));
        }
    }

    /** √(2ρ₀/(1+√(1−ρ₀))). */
    static double floor(double relativeRowSum) {
        double rho = Math.min(1, relativeRowSum);
        return Math.sqrt(2 * rho / (1 + Math.sqrt(1 - rho)));
    }
}
