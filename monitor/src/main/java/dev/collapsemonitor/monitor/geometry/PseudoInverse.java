package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Decompositions.Cholesky;
import dev.collapsemonitor.monitor.linalg.Decompositions.SymmetricEigen;
import dev.collapsemonitor.monitor.linalg.Matrix;
import java.util.stream.IntStream;

/**
 * A⁺ of a positive semidefinite matrix, applied to rows. Coordinates that are zero throughout (dead units) are cut away
 * first; what is left is scaled to a unit diagonal and solved by Cholesky, or, where it is singular, by the eigenvectors
 * of the matrix itself. Eigenvalues up to n·2⁻⁵²·(largest) count as zero.
 */
final class PseudoInverse {
    /** Below this reciprocal condition number a Cholesky solve is not trusted. */
    private static final double MIN_RECIPROCAL_CONDITION = 1e-13;

    private final int size;
    private final int[] alive;
    private final double[] scales; // 1/√a_ii of the coordinates alive
    private final Cholesky cholesky; // of the scaled matrix, or null
    private final Matrix whitening; // rows q_j/√λ_j, when there is no Cholesky factor

    private PseudoInverse(int size, int[] alive, double[] scales, Cholesky cholesky, Matrix whitening) {
        this.size = size;
        this.alive = alive;
        this.scales = scales;
        this.cholesky = cholesky;
        this.whitening = whitening;
    }

    /** Prepares A⁺ of a symmetric positive semidefinite matrix. */
    static PseudoInverse of(Matrix a) {
        int[] alive = IntStream.range(0, a.rows()).filter(i -> a.get(i, i) > 0).toArray();
        if (alive.length == 0) {
            return new PseudoInverse(a.rows(), alive, new double[0], null, Matrix.zeros(0, 0));
        }
        Matrix core = alive.length == a.rows() ? a : a.selectRows(alive).selectColumns(alive);
        double[] scales = new double[alive.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 1 / Math.sqrt(core.get(i, i));
        }
        Matrix scaled = Matrix.zeros(scales.length, scales.length);
        for (int i = 0; i < scales.length; i++) {
            for (int j = 0; j < scales.length; j++) {
                scaled.data()[i * scales.length + j] = scales[i] * core.get(i, j) * scales[j];
            }
        }
        Cholesky cholesky = Decompositions.cholesky(scaled, MIN_RECIPROCAL_CONDITION);
        return new PseudoInverse(a.rows(), alive, scales, cholesky, cholesky == null ? whitening(core) : null);
    }

    /** Rank of A. */
    int rank() {
        return cholesky == null ? whitening.rows() : alive.length;
    }

    /** Rows x ↦ rows y with y_i·y_j = x_iᵀA⁺x_j (x restricted to the range of A); rows × rank. */
    Matrix whitenRows(Matrix rows) {
        Matrix restricted = rows.selectColumns(alive);
        return cholesky == null ? restricted.timesTransposed(whitening) : cholesky.whitenRows(scaled(restricted));
    }

    /** Rows x ↦ rows A⁺x. */
    Matrix solveRows(Matrix rows) {
        Matrix restricted = rows.selectColumns(alive);
        Matrix solved = cholesky == null
                ? restricted.timesTransposed(whitening).times(whitening)
                : scaled(cholesky.solveRows(scaled(restricted)));
        Matrix full = Matrix.zeros(rows.rows(), size);
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < alive.length; j++) {
                full.data()[i * size + alive[j]] = solved.get(i, j);
            }
        }
        return full;
    }

    private Matrix scaled(Matrix rows) {
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < scales.length; j++) {
                rows.data()[i * scales.length + j] *= scales[j];
            }
        }
        return rows;
    }

    /** Rows q_j/√λ_j over the eigenvalues that are not zero. */
    private static Matrix whitening(Matrix a) {
        SymmetricEigen eigen = Decompositions.eigen(a);
        int n = a.rows();
        double cutOff = n * 0x1p-52 * Math.max(0, eigen.values()[n - 1]);
        int zeros = 0;
        while (zeros < n && eigen.values()[zeros] <= cutOff) {
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
