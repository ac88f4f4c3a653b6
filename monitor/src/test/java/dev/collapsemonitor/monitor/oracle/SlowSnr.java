package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;

/**
 * SNR singular values ω_1…ω_{K−1}: singular values of Σ_W^{-1/2}M_cᵀ without the structural zero, restricted to
 * range(Σ_W) when singular.
 *
 * <p>Σ_W is never formed: with X the N×d matrix of rows √(w_i/N)(h_i−μ_{y_i}) = QR and R = Σ σ_j u_j v_jᵀ, Σ_W = Σ σ_j²
 * v_j v_jᵀ, and ω are the singular values of the matrix of (M_c v_j)/σ_j. A direction belongs to range(Σ_W) when σ_j >
 * 1e-6·σ_1 (1e-12 on the eigenvalue).
 *
 * @param omegas the restricted ω, descending, min(rank Σ_W, K−1) of them
 * @param dropped d − rank(Σ_W)
 * @param finite the ω of the unrestricted problem that are finite (Σ_W singular is taken as the limit Σ_W + ε), padded
 *     with zeros to r − infinite of them
 * @param infinite how many ω of the unrestricted problem are infinite: directions of M_c outside range(Σ_W)
 */
public record SlowSnr(double[] omegas, int dropped, double[] finite, int infinite) {

    static final double RANGE_CUTOFF = 1e-6;

    public static SlowSnr of(Sample sample) {
        return of(SlowStatistics.of(sample));
    }

    static SlowSnr of(SlowStatistics statistics) {
        double[][] centred = statistics.centredMeans();
        int k = centred.length;
        int d = statistics.dimensions();
        int r = Math.min(d, k - 1);
        Svd within = Svd.of(triangle(scaledDeviations(statistics)));
        int rank = within.s()[0] == 0 ? 0 : Svd.rank(within.s(), RANGE_CUTOFF);

        double[][] ratio = new double[k][rank];
        double[][] outside = Svd.copy(centred);
        for (int c = 0; c < k; c++) {
            for (int j = 0; j < rank; j++) {
                ratio[c][j] = Sums.dot(centred[c], within.right()[j]) / within.s()[j];
            }
        }
        // Twice, so that what is left is orthogonal to the range to working precision.
        for (int pass = 0; pass < 2; pass++) {
            for (double[] row : outside) {
                for (int j = 0; j < rank; j++) {
                    double along = Sums.dot(row, within.right()[j]);
                    for (int i = 0; i < d; i++) {
                        row[i] -= along * within.right()[j][i];
                    }
                }
            }
        }
        double[] omegas = leading(ratio, Math.min(rank, k - 1));

        Svd beyond = Svd.of(outside);
        double largest = Svd.values(centred)[0];
        int infinite = 0;
        if (rank < d && largest > 0) {
            while (infinite < r && beyond.s()[infinite] > SlowMetrics.RANK_CUTOFF * largest) {
                infinite++;
            }
        }
        for (int q = 0; q < infinite; q++) {
            double[] u = beyond.left()[q];
            for (int j = 0; j < rank; j++) {
                double along = 0;
                for (int c = 0; c < k; c++) {
                    along += u[c] * ratio[c][j];
                }
                for (int c = 0; c < k; c++) {
                    ratio[c][j] -= u[c] * along;
                }
            }
        }
        return new SlowSnr(omegas, d - rank, leading(ratio, r - infinite), infinite);
    }

    /** The largest singular values, `count` of them, padded with zeros. */
    private static double[] leading(double[][] a, int count) {
        return a[0].length == 0 ? new double[Math.max(0, count)] : Arrays.copyOf(Svd.values(a), Math.max(0, count));
    }

    private static double[][] scaledDeviations(SlowStatistics statistics) {
        double[][] x = Svd.copy(statistics.deviations());
        for (int i = 0; i < x.length; i++) {
            double scale = Math.sqrt(statistics.rowWeight(i) / statistics.total());
            for (int j = 0; j < x[i].length; j++) {
                x[i][j] *= scale;
            }
        }
        return x;
    }

    /** R of the QR factorisation by Householder reflections, when X is tall; X itself when it is wide. */
    private static double[][] triangle(double[][] x) {
        int n = x.length;
        int d = x[0].length;
        if (n <= d) {
            return x;
        }
        for (int col = 0; col < d; col++) {
            double[] v = new double[n];
            Sums square = new Sums();
            for (int i = col; i < n; i++) {
                v[i] = x[i][col];
                square.addSquare(v[i]);
            }
            double norm = Math.sqrt(square.value());
            if (norm == 0) {
                continue;
            }
            v[col] += Math.copySign(norm, v[col]);
            double half = norm * Math.abs(v[col]);
            double[] along = new double[d];
            for (int i = col; i < n; i++) {
                for (int j = col; j < d; j++) {
                    along[j] += v[i] * x[i][j];
                }
            }
            for (int i = col; i < n; i++) {
                for (int j = col; j < d; j++) {
                    x[i][j] -= v[i] * (along[j] / half);
                }
            }
        }
        double[][] r = new double[d][d];
        for (int i = 0; i < d; i++) {
            System.arraycopy(x[i], i, r[i], i, d - i);
        }
        return r;
    }
}
