package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.Coupling;

/** The parts of the MSE loss and the distance from the central path (arXiv 2106.02073). */
public final class MseDecomposition {
    private MseDecomposition() {}

    /**
     * L = (1/2N) Σ‖Wh_i+b−e_{y_i}‖² + (λ/2)(‖W‖²+‖b‖²) split exactly, for any class balance. With W̃=[W,b], M̃=[M,1],
     * Π=diag(π), Σ̃_W=blockdiag(Σ_W,0), A = Σ̃_W + M̃ᵀΠM̃ + Λ and W_LS = ΠM̃A⁺:
     *
     * <pre>
     * mse_loss_nc1  = ½ tr(W_LS (Σ̃_W + Λ) W_LSᵀ)
     * mse_loss_nc23 = ½ Σ_k π_k ‖W_LS[μ_k;1] − e_k‖²
     * mse_loss_perp = ½ tr((W̃−W_LS) A (W̃−W_LS)ᵀ)
     * </pre>
     *
     * {@code central_path_distance} = perp/(nc1 + nc23), undefined when both are 0. Λ = λI for coupled decay, its last
     * entry 0 when biases are not decayed; 0 for decoupled or unknown. A classifier without bias has no last column.
     *
     * @param weights rows of the classes present, K × d
     * @param bias of the classes present, or empty
     */
    static void compute(
            ClassStatistics statistics, Matrix weights, double[] bias, LayerWeights declared, MetricValues metrics) {
        if (statistics.scatter() == null) {
            metrics.undefine(
                    "dimension " + statistics.dimension() + " is above the bound for a scatter matrix",
                    Metric.MSE_LOSS_NC1,
                    Metric.MSE_LOSS_NC23,
                    Metric.MSE_LOSS_PERP,
                    Metric.CENTRAL_PATH_DISTANCE);
            return;
        }
        int k = statistics.presentClasses();
        int d = statistics.dimension();
        int columns = bias.length == 0 ? d : d + 1;
        double total = statistics.total();
        Matrix means = Matrix.zeros(k, columns); // M̃
        Matrix weightedMeans = Matrix.zeros(k, columns); // ΠM̃
        Matrix rootMeans = Matrix.zeros(k, columns); // √Π M̃
        Matrix classifier = Matrix.zeros(k, columns); // W̃
        for (int p = 0; p < k; p++) {
            double share = statistics.counts()[p] / total;
            for (int j = 0; j < columns; j++) {
                double mean = j < d ? statistics.means().get(p, j) : 1;
                means.data()[p * columns + j] = mean;
                weightedMeans.data()[p * columns + j] = share * mean;
                rootMeans.data()[p * columns + j] = Math.sqrt(share) * mean;
                classifier.data()[p * columns + j] = j < d ? weights.get(p, j) : bias[p];
            }
        }
        Matrix within = Matrix.zeros(columns, columns); // Σ̃_W + Λ
        double decay = declared.coupling() == Coupling.COUPLED ? declared.weightDecay() : 0;
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns && i < d; j++) {
                within.data()[i * columns + j] = j < d ? statistics.scatter().get(i, j) / total : 0;
            }
            within.data()[i * columns + i] += i < d || declared.biasDecayed() ? decay : 0;
        }
        Matrix a = within.plus(1, rootMeans.columnGram());
        Matrix leastSquares = PseudoInverse.of(a).solveRows(weightedMeans);
        double nc1 = quadraticTrace(leastSquares, within) / 2;
        Matrix outputs = leastSquares.timesTransposed(means); // entry (j, p): output j at the mean of class p
        double nc23 = 0;
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < k; j++) {
                double error = outputs.get(j, p) - (j == p ? 1 : 0);
                nc23 += statistics.counts()[p] / total * error * error / 2;
            }
        }
        double perp = quadraticTrace(classifier.plus(-1, leastSquares), a) / 2;
        metrics.set(Metric.MSE_LOSS_NC1, nc1);
        metrics.set(Metric.MSE_LOSS_NC23, nc23);
        metrics.set(Metric.MSE_LOSS_PERP, perp);
        if (nc1 + nc23 > 0) {
            metrics.set(Metric.CENTRAL_PATH_DISTANCE, perp / (nc1 + nc23));
        } else {
            metrics.undefine("the least-squares classifier has no loss", Metric.CENTRAL_PATH_DISTANCE);
        }
    }

    /** tr(X A Xᵀ). */
    private static double quadraticTrace(Matrix x, Matrix a) {
        return Vectors.dot(x.times(a).data(), 0, x.data(), 0, x.data().length);
    }
}
