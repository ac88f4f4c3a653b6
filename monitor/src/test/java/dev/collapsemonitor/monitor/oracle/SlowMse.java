package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;

/**
 * L = (1/2N) Σ‖Wh_i+b−e_{y_i}‖² + (λ/2)(‖W‖²+‖b‖²). With W̃=[W,b], M̃=[M,1] (K×(d+1)), Π=diag(π_k),
 * Σ̃_W = blockdiag(Σ_W, 0), A = Σ̃_W + M̃ᵀΠM̃ + Λ (Λ = λI, its last entry 0 when biases are not decayed, all 0 when decay
 * is decoupled or λ unknown), and the least-squares classifier W_LS = ΠM̃A⁺.
 *
 * <p>All in double-double, because A holds the uncentred second moment. The three parts depend on W_LS only through
 * W_LS·A = ΠM̃, so any generalised inverse gives the same: here a pivoted Cholesky of A scaled to unit diagonal, which
 * leaves out pivots below 1e-26. A layer without bias has no last column.
 *
 * @param nc1 ½ tr(W_LS (Σ̃_W + Λ) W_LSᵀ)
 * @param nc23 ½ Σ_k π_k ‖W_LS[μ_k;1] − e_k‖²
 * @param perp ½ tr((W̃−W_LS) A (W̃−W_LS)ᵀ)
 * @param total L of the rows of the classes present, summed sample by sample, with Λ for λ
 * @param rank pivots of A that were kept
 */
public record SlowMse(double nc1, double nc23, double perp, double total, int rank) {

    private static final double PIVOT_CUTOFF = 1e-26;

    public static SlowMse of(Sample sample) {
        SlowStatistics statistics = SlowStatistics.of(sample);
        int[] present = statistics.present();
        int k = present.length;
        int d = statistics.dimensions();
        boolean bias = sample.bias().length > 0;
        int size = bias ? d + 1 : d;

        Dd n = Dd.ZERO;
        for (int i = 0; i < sample.labels().length; i++) {
            n = n.plus(Dd.of(statistics.rowWeight(i)));
        }
        Dd[] pi = new Dd[k];
        Dd[][] means = new Dd[k][size];
        Dd[][] weights = new Dd[k][size];
        for (int c = 0; c < k; c++) {
            Dd count = Dd.ZERO;
            for (int i = 0; i < sample.labels().length; i++) {
                if (sample.labels()[i] == present[c]) {
                    count = count.plus(Dd.of(statistics.rowWeight(i)));
                }
            }
            pi[c] = count.over(n);
            for (int j = 0; j < size; j++) {
                means[c][j] = j < d ? statistics.exactMean(present[c], j) : Dd.ONE;
                weights[c][j] = Dd.of(j < d ? sample.weights()[present[c]][j] : sample.bias()[present[c]]);
            }
        }

        double lambda = sample.coupling() == Sample.Coupling.COUPLED ? sample.weightDecay() : 0;
        Dd[][] within = new Dd[size][size];
        Dd[][] scatter = statistics.exactScatter();
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                within[a][b] = a < d && b < d ? scatter[a][b].over(n) : Dd.ZERO;
            }
            if (a < d || sample.biasDecayed()) {
                within[a][a] = within[a][a].plus(Dd.of(lambda));
            }
        }
        Dd[][] a = new Dd[size][size];
        Dd[][] right = new Dd[k][size];
        for (int p = 0; p < size; p++) {
            for (int q = 0; q < size; q++) {
                a[p][q] = within[p][q];
                for (int c = 0; c < k; c++) {
                    a[p][q] = a[p][q].plus(means[c][p].times(pi[c]).times(means[c][q]));
                }
            }
            for (int c = 0; c < k; c++) {
                right[c][p] = means[c][p].times(pi[c]);
            }
        }
        Solution solution = solve(a, right);
        Dd[][] leastSquares = solution.rows;

        Dd nc1 = quadratic(leastSquares, within);
        Dd nc23 = Dd.ZERO;
        Dd[][] difference = new Dd[k][size];
        for (int row = 0; row < k; row++) {
            for (int c = 0; c < k; c++) {
                Dd miss = inner(leastSquares[row], means[c]).minus(row == c ? Dd.ONE : Dd.ZERO);
                nc23 = nc23.plus(miss.times(miss).times(pi[c]));
            }
            for (int j = 0; j < size; j++) {
                difference[row][j] = weights[row][j].minus(leastSquares[row][j]);
            }
        }
        Dd perp = quadratic(difference, a);
        Dd total = loss(sample, present, weights, n, lambda);
        return new SlowMse(
                nc1.over(2).value(), nc23.over(2).value(), perp.over(2).value(), total.value(), solution.rank);
    }

    private static Dd loss(Sample sample, int[] present, Dd[][] weights, Dd n, double lambda) {
        Dd errors = Dd.ZERO;
        Dd norm = Dd.ZERO;
        int d = sample.features()[0].length;
        for (int row = 0; row < present.length; row++) {
            for (int i = 0; i < sample.labels().length; i++) {
                Dd miss = Dd.of(sample.labels()[i] == present[row] ? -1 : 0);
                for (int j = 0; j < d; j++) {
                    miss = miss.plus(weights[row][j].times(sample.features()[i][j]));
                }
                if (sample.bias().length > 0) {
                    miss = miss.plus(weights[row][d]);
                }
                errors = errors.plus(miss.times(miss).times(sample.weightOf(i)));
            }
            for (int j = 0; j < weights[row].length; j++) {
                if (j < d || sample.biasDecayed()) {
                    norm = norm.plus(weights[row][j].times(weights[row][j]));
                }
            }
        }
        return errors.over(n).plus(norm.times(lambda)).over(2);
    }

    private record Solution(Dd[][] rows, int rank) {}

    /** X with X·A = B row by row, A symmetric and positive semidefinite. */
    private static Solution solve(Dd[][] a, Dd[][] b) {
        int n = a.length;
        Dd[] scale = new Dd[n];
        for (int i = 0; i < n; i++) {
            scale[i] = a[i][i].hi() > 0 ? Dd.ONE.over(a[i][i].sqrt()) : Dd.ZERO;
        }
        Dd[][] rest = new Dd[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rest[i][j] = a[i][j].times(scale[i]).times(scale[j]);
            }
        }
        // factor[step][i]: column `step` of the Cholesky factor, in the original numbering.
        Dd[][] factor = new Dd[n][];
        int[] pivots = new int[n];
        boolean[] used = new boolean[n];
        int rank = 0;
        for (; rank < n; rank++) {
            int pivot = -1;
            for (int i = 0; i < n; i++) {
                if (!used[i] && (pivot < 0 || rest[i][i].hi() > rest[pivot][pivot].hi())) {
                    pivot = i;
                }
            }
            if (rest[pivot][pivot].hi() <= PIVOT_CUTOFF) {
                break;
            }
            used[pivot] = true;
            pivots[rank] = pivot;
            Dd root = rest[pivot][pivot].sqrt();
            Dd[] column = new Dd[n];
            for (int i = 0; i < n; i++) {
                column[i] = i == pivot ? root : used[i] ? Dd.ZERO : rest[i][pivot].over(root);
            }
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    if (!used[i] && !used[j]) {
                        rest[i][j] = rest[i][j].minus(column[i].times(column[j]));
                    }
                }
            }
            factor[rank] = column;
        }
        Dd[][] x = new Dd[b.length][n];
        for (int row = 0; row < b.length; row++) {
            Dd[] y = new Dd[rank];
            for (int s = 0; s < rank; s++) {
                Dd sum = b[row][pivots[s]].times(scale[pivots[s]]);
                for (int t = 0; t < s; t++) {
                    sum = sum.minus(factor[t][pivots[s]].times(y[t]));
                }
                y[s] = sum.over(factor[s][pivots[s]]);
            }
            Arrays.fill(x[row], Dd.ZERO);
            for (int s = rank - 1; s >= 0; s--) {
                Dd sum = y[s];
                for (int t = s + 1; t < rank; t++) {
                    sum = sum.minus(factor[s][pivots[t]].times(x[row][pivots[t]]));
                }
                x[row][pivots[s]] = sum.over(factor[s][pivots[s]]);
            }
            for (int s = 0; s < rank; s++) {
                x[row][pivots[s]] = x[row][pivots[s]].times(scale[pivots[s]]);
            }
        }
        return new Solution(x, rank);
    }

    /** tr(X A Xᵀ). */
    private static Dd quadratic(Dd[][] x, Dd[][] a) {
        Dd sum = Dd.ZERO;
        for (Dd[] row : x) {
            for (int p = 0; p < a.length; p++) {
                sum = sum.plus(row[p].times(inner(a[p], row)));
            }
        }
        return sum;
    }

    private static Dd inner(Dd[] a, Dd[] b) {
        Dd sum = Dd.ZERO;
        for (int i = 0; i < a.length; i++) {
            sum = sum.plus(a[i].times(b[i]));
        }
        return sum;
    }
}
