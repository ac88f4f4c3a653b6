package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Decompositions.Cholesky;
import dev.collapsemonitor.monitor.linalg.Decompositions.RightSingular;
import dev.collapsemonitor.monitor.linalg.Matrix;

/**
 * The pseudo-inverse of centred class means M_c (K × d, rows that sum to zero), as far as quadratic forms need it.
 *
 * @param rows x_j with Σ_j x_jᵀ A x_j = tr(M_c⁺ᵀ A M_c⁺) for every A
 * @param rank of M_c: singular values above the tolerance
 */
record PseudoInverse(Matrix rows, int rank) {
    /** Singular values at or below this share of the largest count as zero. */
    static final double RANK_TOLERANCE = 1e-6;

    /** Reciprocal condition number (1-norm) of the Gram matrix below which a Cholesky factor would cost half of the digits. */
    private static final double REGULAR = 1e-7;

    /** @param gram M_cM_cᵀ */
    static PseudoInverse of(Matrix centredMeans, Matrix gram) {
        Cholesky regular = regular(gram);
        return regular != null
                ? new PseudoInverse(regular.solve(centredMeans), centredMeans.rows() - 1)
                : bySingularVectors(centredMeans, gram);
    }

    /**
     * M_c⁺ᵀ = (M_cM_cᵀ)⁺M_c, where all but the structural zero of the Gram matrix stand well above rounding: adding a
     * multiple of 11ᵀ, whose range it does not touch, makes it regular and leaves that product as it is. A fraction of the work
     * of eigenvectors: K³/3 multiplications against 9K³ or so.
     */
    private static Cholesky regular(Matrix gram) {
        int k = gram.rows();
        double shift = gram.trace() / (k - 1) / k;
        Matrix shifted = gram.copy();
        for (int i = 0; i < shifted.data().length; i++) {
            shifted.data()[i] += shift;
        }
        return Decompositions.cholesky(shifted, REGULAR);
    }

    /** Rows v_j/s_j of the thin SVD M_c = U diag(s) Vᵀ, over the s_j that are not zero. */
    private static PseudoInverse bySingularVectors(Matrix centredMeans, Matrix gram) {
        RightSingular svd = Decompositions.rightSingular(centredMeans, gram, 1);
        int d = centredMeans.columns();
        // Centring leaves at most K−1 directions; a K-th would be rounding.
        int most = Math.min(svd.values().length, Math.min(d, centredMeans.rows() - 1));
        int rank = 0;
        while (rank < most && svd.values()[rank] > RANK_TOLERANCE * svd.values()[0]) {
            rank++;
        }
        double[] rows = new double[rank * d];
        for (int j = 0; j < rank; j++) {
            for (int c = 0; c < d; c++) {
                rows[j * d + c] = svd.rightVectors().get(j, c) / svd.values()[j];
            }
        }
        return new PseudoInverse(Matrix.of(rank, d, rows), rank);
    }
}
