package dev.collapsemonitor.monitor.oracle;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Thin singular value decomposition A = Σ_j s_j u_j v_jᵀ by one-sided Jacobi rotations (Hestenes): the vectors of the
 * short side are made orthogonal pair by pair, nothing is squared, and small singular values keep their relative
 * accuracy.
 *
 * @param s singular values, descending, min(m, n) of them
 * @param left u_j, each of length m; all zero where s_j is zero
 * @param right v_j, each of length n; all zero where s_j is zero
 */
record Svd(double[] s, double[][] left, double[][] right) {

    private static final int MAX_SWEEPS = 100;

    static Svd of(double[][] a) {
        int m = a.length;
        int n = m == 0 ? 0 : a[0].length;
        boolean wide = m <= n;
        double[][] work = wide ? copy(a) : transpose(a);
        double[][] rotation = identity(work.length);
        orthogonalise(work, rotation);

        int p = work.length;
        double[] norms = new double[p];
        for (int j = 0; j < p; j++) {
            norms[j] = Sums.norm(work[j]);
        }
        int[] order = IntStream.range(0, p)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer j) -> -norms[j]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] s = new double[p];
        double[][] longSide = new double[p][];
        double[][] shortSide = new double[p][];
        for (int j = 0; j < p; j++) {
            int from = order[j];
            s[j] = norms[from];
            longSide[j] = work[from];
            shortSide[j] = rotation[from];
            for (int i = 0; i < longSide[j].length; i++) {
                longSide[j][i] = s[j] == 0 ? 0 : longSide[j][i] / s[j];
            }
        }
        return wide ? new Svd(s, shortSide, longSide) : new Svd(s, longSide, shortSide);
    }

    /** The singular values alone, descending. */
    static double[] values(double[][] a) {
        double[][] work = a.length <= (a.length == 0 ? 0 : a[0].length) ? copy(a) : transpose(a);
        orthogonalise(work, new double[work.length][0]);
        double[] s = new double[work.length];
        for (int j = 0; j < s.length; j++) {
            s[j] = -Sums.norm(work[j]);
        }
        Arrays.sort(s);
        for (int j = 0; j < s.length; j++) {
            s[j] = s[j] == 0 ? 0 : -s[j];
        }
        return s;
    }

    /** How many singular values exceed {@code cutoff} times the largest. */
    static int rank(double[] s, double cutoff) {
        int rank = 0;
        while (rank < s.length && s[rank] > cutoff * s[0]) {
            rank++;
        }
        return rank;
    }

    private static void orthogonalise(double[][] rows, double[][] rotation) {
        int p = rows.length;
        if (p == 0) {
            return;
        }
        double tolerance = 0x1p-52 * Math.sqrt(rows[0].length);
        for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
            double largest = 0;
            for (double[] row : rows) {
                largest = Math.max(largest, dot(row, row));
            }
            boolean rotated = false;
            for (int i = 0; i < p; i++) {
                for (int j = i + 1; j < p; j++) {
                    double alpha = dot(rows[i], rows[i]);
                    double beta = dot(rows[j], rows[j]);
                    // Rounding noise of rounding noise has no direction worth making orthogonal.
                    if (Math.min(alpha, beta) <= 1e-60 * largest) {
                        continue;
                    }
                    double gamma = dot(rows[i], rows[j]);
                    if (Math.abs(gamma) <= tolerance * Math.sqrt(alpha) * Math.sqrt(beta)) {
                        continue;
                    }
                    rotated = true;
                    double zeta = (beta - alpha) / (2 * gamma);
                    double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
                    double c = 1 / Math.sqrt(1 + t * t);
                    rotate(rows[i], rows[j], c, c * t);
                    rotate(rotation[i], rotation[j], c, c * t);
                }
            }
            if (!rotated) {
                return;
            }
        }
        throw new IllegalStateException("one-sided Jacobi: not orthogonal after " + MAX_SWEEPS + " sweeps");
    }

    private static void rotate(double[] a, double[] b, double c, double s) {
        for (int i = 0; i < a.length; i++) {
            double x = a[i];
            double y = b[i];
            a[i] = c * x - s * y;
            b[i] = s * x + c * y;
        }
    }

    private static double dot(double[] a, double[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < a.length; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    static double[][] copy(double[][] a) {
        double[][] b = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            b[i] = a[i].clone();
        }
        return b;
    }

    static double[][] transpose(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < t.length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    private static double[][] identity(int n) {
        double[][] i = new double[n][n];
        for (int j = 0; j < n; j++) {
            i[j][j] = 1;
        }
        return i;
    }
}
