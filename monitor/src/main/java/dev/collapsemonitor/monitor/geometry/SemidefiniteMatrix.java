package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Decompositions.Cholesky;
import dev.collapsemonitor.monitor.linalg.Decompositions.SymmetricEigen;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.RetainedSamples;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A symmetric positive semidefinite matrix A, prepared for A⁺ and quadratic forms of rows. Coordinates that are zero
 * throughout (dead units) are cut away first; what is left is scaled to a unit diagonal and factored by Cholesky, or,
 * where it is singular, by eigenvectors: of the Gram matrix of the rows that it is made of, where these are few, else of
 * the matrix itself. What would take longer than the {@link Effort} allows is left undone: then there is no A⁺.
 */
final class SemidefiniteMatrix {
    /** Eigenvalues up to this share of the largest count as zero in a matrix whose elements are exact to float64. */
    private static final double DOUBLE_CUT_OFF = 1e-12;

    /** The same for a matrix of float32 products. */
    private static final double SINGLE_CUT_OFF = 1e-6;

    private final Matrix a;
    private final int size;
    private final int[] alive;
    private final double[] scales; // 1/√a_ii of the coordinates alive
    private final Cholesky cholesky; // of the scaled matrix, or null
    private final Matrix whitening; // rows q_j/√λ_j, when there is no Cholesky factor; null when there is no A⁺

    private SemidefiniteMatrix(Matrix a, int[] alive, double[] scales, Cholesky cholesky, Matrix whitening) {
        this.a = a;
        this.size = a.rows();
        this.alive = alive;
        this.scales = scales;
        this.cholesky = cholesky;
        this.whitening = whitening;
    }

    /**
     * Factors a matrix of dimension n: about n³/3 multiplications, 10n³ for eigenvectors.
     *
     * @param cutOff eigenvalues up to this share of the largest count as zero
     * @param rows X with A = XᵀX and fewer rows than columns, or null
     */
    static SemidefiniteMatrix of(Matrix a, double cutOff, Matrix rows, Effort effort) {
        int[] alive = IntStream.range(0, a.rows()).filter(i -> a.get(i, i) > 0).toArray();
        if (alive.length == 0) {
            return new SemidefiniteMatrix(a, alive, new double[0], null, Matrix.zeros(0, 0));
        }
        double[] scales = new double[alive.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 1 / Math.sqrt(a.get(alive[i], alive[i]));
        }
        if (rows != null && rows.rows() < alive.length) {
            return new SemidefiniteMatrix(a, alive, scales, null, whiteningOfRows(rows.selectColumns(alive), cutOff));
        }
        if (alive.length > effort.mostFactored()) {
            return new SemidefiniteMatrix(a, alive, scales, null, null);
        }
        Matrix core = alive.length == a.rows() ? a : a.selectRows(alive).selectColumns(alive);
        Matrix scaled = Matrix.zeros(scales.length, scales.length);
        for (int i = 0; i < scales.length; i++) {
            for (int j = 0; j < scales.length; j++) {
                scaled.data()[i * scales.length + j] = scales[i] * core.get(i, j) * scales[j];
            }
        }
        Cholesky cholesky = Decompositions.cholesky(scaled, cutOff);
        boolean eigenvectors = cholesky == null && alive.length <= effort.mostEigenvectors();
        return new SemidefiniteMatrix(a, alive, scales, cholesky, eigenvectors ? whitening(core, cutOff) : null);
    }

    /** Σ_W = S_W/N, with the cut-off that fits how it was formed; null when no scatter is kept. */
    static SemidefiniteMatrix within(ClassStatistics statistics, Effort effort) {
        return statistics.scatter() == null
                ? null
                : of(
                        statistics.scatter().scaled(1 / statistics.total()),
                        cutOff(statistics),
                        centredRows(statistics),
                        effort);
    }

    /** Rows (h − μ_k)/√N of all samples, when all were retained and they are fewer than their columns; else null. */
    static Matrix centredRows(ClassStatistics statistics) {
        RetainedSamples samples = statistics.samples();
        int d = statistics.dimension();
        if (!samples.complete() || samples.size() >= d) {
            return null;
        }
        Matrix rows = samples.rows(0, samples.size());
        double factor = 1 / Math.sqrt(statistics.total());
        for (int i = 0; i < rows.rows(); i++) {
            int p = samples.classOf(i);
            for (int j = 0; j < d; j++) {
                rows.data()[i * d + j] =
                        factor * (rows.data()[i * d + j] - statistics.means().get(p, j));
            }
        }
        return rows;
    }

    /** Why there is no A⁺; empty when there is one. */
    String uninvertible() {
        return cholesky != null || whitening != null
                ? ""
                : "the " + size + " × " + size
                        + " matrix that it inverts is singular or too large to be factored in time";
    }

    /** The cut-off that fits how the scatter matrix was formed. */
    static double cutOff(ClassStatistics statistics) {
        return statistics.doublePrecision() ? DOUBLE_CUT_OFF : SINGLE_CUT_OFF;
    }

    /** Rank of A. */
    int rank() {
        return cholesky == null ? whitening.rows() : alive.length;
    }

    /** Rows x ↦ rows y with y_i·y_j = x_iᵀA⁺x_j (x restricted to the range of A); rows × rank. */
    Matrix whitenRows(Matrix rows) {
        Matrix restricted = restricted(rows);
        return cholesky == null ? restricted.timesTransposed(whitening) : cholesky.whitenRows(scaled(restricted));
    }

    boolean isFullRank() {
        return rank() == size;
    }

    /** Rows x ↦ the part of each that lies outside the range of A. */
    Matrix outsideRange(Matrix rows) {
        Matrix outside = rows.copy();
        if (rank() == 0) {
            return outside;
        }
        Matrix restricted = restricted(rows);
        Matrix inside = cholesky != null ? restricted : projected(restricted);
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < alive.length; j++) {
                outside.data()[i * size + alive[j]] -= inside.get(i, j);
            }
        }
        return outside;
    }

    private Matrix projected(Matrix rows) {
        // The rows of the whitening are q_j/√λ_j: their directions span the range.
        Matrix directions = whitening.copy();
        for (int j = 0; j < directions.rows(); j++) {
            double norm = whitening.rowNorm(j);
            for (int c = 0; c < directions.columns(); c++) {
                directions.data()[j * directions.columns() + c] /= norm;
            }
        }
        return rows.timesTransposed(directions).times(directions);
    }

    /** x_iᵀ A x_i of the rows. */
    double[] quadraticForms(Matrix rows) {
        double[] forms = new double[rows.rows()];
        if (cholesky != null) {
            // ‖Ux‖² with A = UᵀU: half of the multiplications of the plain form.
            Matrix restricted = restricted(rows);
            for (int i = 0; i < rows.rows(); i++) {
                for (int j = 0; j < scales.length; j++) {
                    restricted.data()[i * scales.length + j] /= scales[j];
                }
            }
            Matrix mapped = cholesky.mapRows(restricted);
            for (int i = 0; i < forms.length; i++) {
                forms[i] = Vectors.squaredNorm(mapped.data(), i * scales.length, scales.length);
            }
            return forms;
        }
        Matrix product = rows.times(a);
        for (int i = 0; i < forms.length; i++) {
            forms[i] = Vectors.dot(product.data(), i * size, rows.data(), i * size, size);
        }
        return forms;
    }

    /** Σ_i x_iᵀ A x_i over the rows: tr(X A Xᵀ). */
    double quadraticTrace(Matrix rows) {
        return Arrays.stream(quadraticForms(rows)).sum();
    }

    /** Rows y of {@link #whitenRows} ↦ rows A⁺x of the x that they came from. */
    Matrix solveWhitenedRows(Matrix whitened) {
        Matrix solved = cholesky == null ? whitened.times(whitening) : scaled(cholesky.solveWhitenedRows(whitened));
        if (alive.length == size) {
            return solved;
        }
        Matrix full = Matrix.zeros(whitened.rows(), size);
        for (int i = 0; i < full.rows(); i++) {
            for (int j = 0; j < alive.length; j++) {
                full.data()[i * size + alive[j]] = solved.get(i, j);
            }
        }
        return full;
    }

    /** The coordinates that are not zero throughout, as a copy. */
    private Matrix restricted(Matrix rows) {
        return alive.length == size ? rows.copy() : rows.selectColumns(alive);
    }

    private Matrix scaled(Matrix rows) {
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < scales.length; j++) {
                rows.data()[i * scales.length + j] *= scales[j];
            }
        }
        return rows;
    }

    /** The same through XXᵀ, whose eigenvectors u_j give q_j = Xᵀu_j/√λ_j. */
    private static Matrix whiteningOfRows(Matrix x, double cutOff) {
        SymmetricEigen eigen = Decompositions.eigen(x.gram());
        int n = x.rows();
        double threshold = cutOff * Math.max(0, eigen.values()[n - 1]);
        int[] kept =
                IntStream.range(0, n).filter(j -> eigen.values()[j] > threshold).toArray();
        Matrix whitening = eigen.vectors().selectRows(kept).times(x);
        for (int j = 0; j < kept.length; j++) {
            for (int c = 0; c < x.columns(); c++) {
                whitening.data()[j * x.columns() + c] /= eigen.values()[kept[j]];
            }
        }
        return whitening;
    }

    /** Rows q_j/√λ_j over the eigenvalues that are not zero. */
    private static Matrix whitening(Matrix a, double cutOff) {
        SymmetricEigen eigen = Decompositions.eigen(a);
        int n = a.rows();
        double threshold = cutOff * Math.max(0, eigen.values()[n - 1]);
        int zeros = 0;
        while (zeros < n && eigen.values()[zeros] <= threshold) {
            zeros++;
        }
        int[] kept = IntStream.range(zeros, n).toArray();
        Matrix vectors = eigen.vectors().selectRows(kept);
        for (int j = 0; j < kept.length; j++) {
            double factor = 1 / Math.sqrt(eigen.values()[kept[j]]);
            for (int c = 0; c < n; c++) {
                vectors.data()[j * n + c] *= factor;
            }
        }
        return vectors;
    }
}
