package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.Coupling;
import java.util.stream.IntStream;

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
     * <p>All three are computed in coordinates h − c around the mean c, with bias b + Wc: there A holds no uncentred
     * second moment, and features far from the origin cost no digits. The change of variables leaves the parts as they
     * are; a decayed bias turns Λ into λ[[I + ccᵀ, −c], [−cᵀ, 1]].
     *
     * @param within Σ_W, or null when no scatter is kept
     * @param weights rows of the classes present, K × d
     * @param bias of the classes present, or empty
     */
    static void compute(
            ClassStatistics statistics,
            SemidefiniteMatrix within,
            Matrix weights,
            double[] bias,
            LayerWeights declared,
            Effort effort,
            MetricValues metrics) {
        if (within == null) {
            undefine("dimension " + statistics.dimension() + " is above the bound for a scatter matrix", metrics);
            return;
        }
        int k = statistics.presentClasses();
        int d = statistics.dimension();
        int columns = bias.length == 0 ? d : d + 1;
        double total = statistics.total();
        double[] centre =
                bias.length == 0 ? new double[d] : sampleMean(statistics); // c; without bias nothing can absorb it
        double[] roots = new double[k]; // √π_p
        Matrix rootMeans = Matrix.zeros(k, columns); // √Π M̃
        Matrix classifier = Matrix.zeros(k, columns); // W̃
        for (int p = 0; p < k; p++) {
            roots[p] = Math.sqrt(statistics.counts()[p] / total);
            for (int j = 0; j < columns; j++) {
                double mean = j < d ? statistics.means().get(p, j) - centre[j] : 1;
                rootMeans.data()[p * columns + j] = roots[p] * mean;
                classifier.data()[p * columns + j] =
                        j < d ? weights.get(p, j) : bias[p] + Vectors.dot(weights.data(), p * d, centre, 0, d);
            }
        }
        double decay = declared.coupling() == Coupling.COUPLED ? declared.weightDecay() : 0;
        Matrix a = rootMeans.columnGram(); // M̃ᵀΠM̃, and with what follows A
        double[] scatter = statistics.scatter().data();
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                a.data()[i * columns + j] += scatter[i * d + j] / total;
            }
        }
        boolean biasDecayed = columns > d && declared.biasDecayed();
        addDecay(a.data(), columns, centre, decay, biasDecayed);
        SemidefiniteMatrix all = SemidefiniteMatrix.of(
                a, SemidefiniteMatrix.cutOff(statistics), decay == 0 ? rows(statistics, rootMeans) : null, effort);
        if (!all.uninvertible().isEmpty()) {
            undefine(all.uninvertible(), metrics);
            return;
        }
        Matrix whitened = all.whitenRows(rootMeans);
        Matrix leastSquares = all.solveWhitenedRows(whitened); // √Π M̃A⁺, and W_LS once its rows are weighted
        for (int p = 0; p < k; p++) {
            for (int j = p * columns; j < (p + 1) * columns; j++) {
                leastSquares.data()[j] *= roots[p];
            }
        }
        double nc1 = (within.quadraticTrace(leadingColumns(leastSquares, d))
                        + decayTrace(leastSquares, centre, decay, biasDecayed))
                / 2;
        double nc23 = excessOfMeans(whitened.gram(), roots);
        double perp = all.quadraticTrace(classifier.plus(-1, leastSquares)) / 2;
        metrics.set(Metric.MSE_LOSS_NC1, nc1);
        metrics.set(Metric.MSE_LOSS_NC23, nc23);
        metrics.set(Metric.MSE_LOSS_PERP, perp);
        if (nc1 + nc23 > 0) {
            metrics.set(Metric.CENTRAL_PATH_DISTANCE, perp / (nc1 + nc23));
        } else {
            metrics.undefine("the least-squares classifier has no loss", Metric.CENTRAL_PATH_DISTANCE);
        }
    }

    /**
     * ½ Σ_p π_p ‖W_LS[μ_p;1] − e_p‖².
     *
     * @param products √Π M̃A⁺M̃ᵀ√Π: entry (j, p) is √(π_p/π_j) times output j at the mean of class p
     * @param roots √π_p
     */
    private static double excessOfMeans(Matrix products, double[] roots) {
        double sum = 0;
        for (int p = 0; p < roots.length; p++) {
            for (int j = 0; j < roots.length; j++) {
                double error = roots[j] * products.get(j, p) - (j == p ? roots[p] : 0);
                sum += error * error;
            }
        }
        return sum / 2;
    }

    private static void undefine(String reason, MetricValues metrics) {
        metrics.undefine(
                reason, Metric.MSE_LOSS_NC1, Metric.MSE_LOSS_NC23, Metric.MSE_LOSS_PERP, Metric.CENTRAL_PATH_DISTANCE);
    }

    /** Rows X with XᵀX = Σ̃_W + M̃ᵀΠM̃, when they are few; else null. */
    private static Matrix rows(ClassStatistics statistics, Matrix rootMeans) {
        Matrix centred = SemidefiniteMatrix.centredRows(statistics);
        if (centred == null) {
            return null;
        }
        Matrix rows = Matrix.zeros(centred.rows() + rootMeans.rows(), rootMeans.columns());
        for (int i = 0; i < centred.rows(); i++) {
            System.arraycopy(centred.data(), i * centred.columns(), rows.data(), i * rows.columns(), centred.columns());
        }
        System.arraycopy(rootMeans.data(), 0, rows.data(), centred.rows() * rows.columns(), rootMeans.data().length);
        return rows;
    }

    /** Adds Λ in the centred coordinates. */
    private static void addDecay(double[] a, int columns, double[] centre, double decay, boolean biasDecayed) {
        if (decay == 0) {
            return;
        }
        int d = centre.length;
        for (int i = 0; i < d; i++) {
            a[i * columns + i] += decay;
        }
        if (!biasDecayed) {
            return;
        }
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                a[i * columns + j] += decay * centre[i] * centre[j];
            }
            a[i * columns + d] -= decay * centre[i];
            a[d * columns + i] -= decay * centre[i];
        }
        a[d * columns + d] += decay;
    }

    /** tr(X Λ Xᵀ) = λ(‖W‖² + ‖b − Wc‖²) of rows X = [W, b] in the centred coordinates; without ‖b‖² unless decayed. */
    private static double decayTrace(Matrix rows, double[] centre, double decay, boolean biasDecayed) {
        if (decay == 0) {
            return 0;
        }
        int d = centre.length;
        double sum = 0;
        for (int p = 0; p < rows.rows(); p++) {
            int from = p * rows.columns();
            sum += Vectors.squaredNorm(rows.data(), from, d);
            if (biasDecayed) {
                double bias = rows.data()[from + d] - Vectors.dot(rows.data(), from, centre, 0, d);
                sum += bias * bias;
            }
        }
        return decay * sum;
    }

    private static Matrix leadingColumns(Matrix rows, int count) {
        return rows.columns() == count
                ? rows
                : rows.selectColumns(IntStream.range(0, count).toArray());
    }

    private static double[] sampleMean(ClassStatistics statistics) {
        double[] mean = new double[statistics.dimension()];
        for (int p = 0; p < statistics.presentClasses(); p++) {
            double share = statistics.counts()[p] / statistics.total();
            for (int j = 0; j < mean.length; j++) {
                mean[j] += share * statistics.means().get(p, j);
            }
        }
        return mean;
    }
}
