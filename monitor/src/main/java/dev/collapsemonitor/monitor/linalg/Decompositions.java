package dev.collapsemonitor.monitor.linalg;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Eigenvalues, singular values and Cholesky factors through LAPACK. */
public final class Decompositions {
    /**
     * A squared singular value taken from a Gram matrix has an absolute error of some 1e-15 of the largest one's square:
     * below this ratio of the squares it would keep fewer than eight digits.
     */
    private static final double GRAM_RESOLUTION = 1e-7;

    static {
        Blas.load();
    }

    private Decompositions() {}

    /** Thin singular value decomposition A = U·diag(s)·Vᵀ; {@code rightVectors} holds the v_j as rows. */
    public record RightSingular(double[] values, Matrix rightVectors) {}

    /** Eigenvalues, ascending, and the eigenvectors as rows. */
    public record SymmetricEigen(double[] values, Matrix vectors) {}

    /** Eigenvalues of a symmetric matrix, ascending. */
    public static double[] eigenvalues(Matrix symmetric) {
        int n = requireSquare(symmetric);
        double[] values = new double[n];
        NativeBuffers buffers = NativeBuffers.ofThread();
        solveEigen('N', n, buffers.load(NativeBuffers.A, symmetric.data()), values, buffers);
        buffers.release();
        return values;
    }

    /** Eigenvalues and eigenvectors of a symmetric matrix. */
    public static SymmetricEigen eigen(Matrix symmetric) {
        int n = requireSquare(symmetric);
        double[] values = new double[n];
        double[] vectors = new double[n * n];
        NativeBuffers buffers = NativeBuffers.ofThread();
        DoublePointer a = buffers.load(NativeBuffers.A, symmetric.data());
        solveEigen('V', n, a, values, buffers);
        a.get(vectors, 0, vectors.length);
        buffers.release();
        return new SymmetricEigen(values, Matrix.of(n, n, vectors)); // column-major columns are row-major rows
    }

    private static void solveEigen(char job, int n, DoublePointer a, double[] values, NativeBuffers buffers) {
        DoublePointer ascending = buffers.reserve(NativeBuffers.B, n);
        check("dsyevd", openblas.LAPACKE_dsyevd(Blas.COLUMN_MAJOR, (byte) job, (byte) 'U', n, a, n, ascending));
        ascending.get(values, 0, n);
    }

    /**
     * Singular values, largest first. Taken from the Gram matrix of the shorter side with a values-only eigensolver, a
     * third to a fifth of the time of an SVD, as long as what is wanted of the small ones stands above what squaring
     * resolves; else from a true SVD.
     *
     * @param from the group √Σ_{from ≤ i < to} s_i² is wanted to full relative precision, such as the distance to the
     *     nearest matrix of rank {@code from}
     * @param to end of that group; what lies beyond is structurally zero
     */
    public static double[] singularValues(Matrix a, int from, int to) {
        return singularValues(a, a.shorterGram(), from, to);
    }

    /** As above, with the Gram matrix of the shorter side at hand. */
    public static double[] singularValues(Matrix a, Matrix gram, int from, int to) {
        double[] ascending = eigenvalues(gram);
        int n = ascending.length;
        double largest = Math.max(ascending[n - 1], 0);
        double group = 0;
        for (int i = Math.max(0, from); i < Math.min(to, n); i++) {
            group += Math.max(ascending[n - 1 - i], 0);
        }
        if (from < n && largest > 0 && group <= GRAM_RESOLUTION * largest) {
            return singularValuesBySvd(a);
        }
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = Math.sqrt(Math.max(ascending[n - 1 - i], 0));
        }
        return values;
    }

    /** Singular values, largest first, by a true SVD: small ones keep an absolute error of about 1e-16 of the largest. */
    public static double[] singularValuesBySvd(Matrix a) {
        int m = a.columns();
        int n = a.rows();
        double[] values = new double[Math.min(m, n)];
        double[] unused = new double[1];
        check(
                "dgesdd",
                openblas.LAPACKE_dgesdd(
                        Blas.COLUMN_MAJOR,
                        (byte) 'N',
                        m,
                        n,
                        a.data().clone(),
                        m,
                        values,
                        unused,
                        m,
                        unused,
                        Math.min(m, n)));
        return values;
    }

    /**
     * Right singular vectors of a wide or tall matrix. Through the eigenvectors of A·Aᵀ when all singular values but
     * the {@code structuralZeros} smallest stand well above what squaring resolves, else by a true SVD.
     *
     * @param gram A·Aᵀ
     */
    public static RightSingular rightSingular(Matrix a, Matrix gram, int structuralZeros) {
        int n = a.rows();
        if (n <= a.columns()) {
            SymmetricEigen eigen = eigen(gram);
            int kept = n - structuralZeros;
            if (kept > 0 && eigen.values()[structuralZeros] > GRAM_RESOLUTION * eigen.values()[n - 1]) {
                double[] values = new double[kept];
                double[] left = new double[kept * n];
                for (int j = 0; j < kept; j++) {
                    int source = n - 1 - j;
                    values[j] = Math.sqrt(eigen.values()[source]);
                    for (int i = 0; i < n; i++) {
                        left[j * n + i] = eigen.vectors().get(source, i) / values[j];
                    }
                }
                return new RightSingular(values, Matrix.of(kept, n, left).times(a));
            }
        }
        return rightSingularBySvd(a);
    }

    private static RightSingular rightSingularBySvd(Matrix a) {
        // Row-major n × m is column-major m × n, whose left vectors are the right vectors of A.
        int m = a.columns();
        int n = a.rows();
        int r = Math.min(m, n);
        double[] values = new double[r];
        double[] vectors = new double[m * r];
        double[] others = new double[r * n];
        check(
                "dgesdd",
                openblas.LAPACKE_dgesdd(
                        Blas.COLUMN_MAJOR, (byte) 'S', m, n, a.data().clone(), m, values, vectors, m, others, r));
        return new RightSingular(values, Matrix.of(r, m, vectors));
    }

    /**
     * Cholesky factor of a symmetric matrix, or null when it is not positive definite or its reciprocal condition number
     * (1-norm) is below {@code minimumReciprocalCondition}.
     */
    public static Cholesky cholesky(Matrix symmetric, double minimumReciprocalCondition) {
        int n = requireSquare(symmetric);
        NativeBuffers buffers = NativeBuffers.ofThread();
        DoublePointer a = buffers.load(NativeBuffers.A, symmetric.data());
        double norm = openblas.LAPACKE_dlansy(Blas.COLUMN_MAJOR, (byte) '1', (byte) 'U', n, a, n);
        int info = openblas.LAPACKE_dpotrf(Blas.COLUMN_MAJOR, (byte) 'U', n, a, n);
        if (info != 0) {
            buffers.release();
            return null;
        }
        DoublePointer reciprocal = buffers.reserve(NativeBuffers.B, 1);
        check("dpocon", openblas.LAPACKE_dpocon(Blas.COLUMN_MAJOR, (byte) 'U', n, a, n, norm, reciprocal));
        double[] factor = new double[n * n];
        a.get(factor, 0, factor.length);
        Cholesky cholesky = reciprocal.get(0) < minimumReciprocalCondition ? null : new Cholesky(n, factor);
        buffers.release();
        return cholesky;
    }

    /** A = UᵀU, column-major upper factor. */
    public static final class Cholesky {
        private final int n;
        private final double[] factor;

        private Cholesky(int n, double[] factor) {
            this.n = n;
            this.factor = factor;
        }

        /** A⁻¹X of a matrix with as many rows as A. */
        public Matrix solve(Matrix x) {
            requireLength("rows", x.rows(), x);
            NativeBuffers buffers = NativeBuffers.ofThread();
            DoublePointer a = buffers.load(NativeBuffers.A, factor);
            DoublePointer b = buffers.load(NativeBuffers.B, x.data());
            // What is X row by row is Xᵀ column by column: XᵀA⁻¹, with A = UᵀU.
            for (int transpose : new int[] {openblas_nolapack.CblasNoTrans, openblas_nolapack.CblasTrans}) {
                openblas_nolapack.cblas_dtrsm(
                        Blas.COLUMN_MAJOR,
                        openblas_nolapack.CblasRight,
                        openblas_nolapack.CblasUpper,
                        transpose,
                        openblas_nolapack.CblasNonUnit,
                        x.columns(),
                        n,
                        1,
                        a,
                        n,
                        b,
                        x.columns());
            }
            double[] solved = new double[x.data().length];
            b.get(solved, 0, solved.length);
            buffers.release();
            return Matrix.of(n, x.columns(), solved);
        }

        /** Rows x_i ↦ rows U⁻ᵀx_i, so that the inner products of the results are x_iᵀA⁻¹x_j. */
        public Matrix whitenRows(Matrix rows) {
            return solveTriangular(openblas_nolapack.CblasTrans, rows);
        }

        /** Rows U⁻ᵀx_i, as {@link #whitenRows} returns them, ↦ rows A⁻¹x_i. */
        public Matrix solveWhitenedRows(Matrix whitened) {
            return solveTriangular(openblas_nolapack.CblasNoTrans, whitened);
        }

        private Matrix solveTriangular(int transpose, Matrix rows) {
            requireLength("columns", rows.columns(), rows);
            NativeBuffers buffers = NativeBuffers.ofThread();
            DoublePointer a = buffers.load(NativeBuffers.A, factor);
            DoublePointer b = buffers.load(NativeBuffers.B, rows.data());
            openblas_nolapack.cblas_dtrsm(
                    Blas.COLUMN_MAJOR,
                    openblas_nolapack.CblasLeft,
                    openblas_nolapack.CblasUpper,
                    transpose,
                    openblas_nolapack.CblasNonUnit,
                    n,
                    rows.rows(),
                    1,
                    a,
                    n,
                    b,
                    n);
            return result(rows.rows(), b, buffers);
        }

        /** Rows x_i ↦ rows Ux_i, so that the inner products of the results are x_iᵀAx_j. */
        public Matrix mapRows(Matrix rows) {
            requireLength("columns", rows.columns(), rows);
            NativeBuffers buffers = NativeBuffers.ofThread();
            DoublePointer a = buffers.load(NativeBuffers.A, factor);
            DoublePointer b = buffers.load(NativeBuffers.B, rows.data());
            openblas_nolapack.cblas_dtrmm(
                    Blas.COLUMN_MAJOR,
                    openblas_nolapack.CblasLeft,
                    openblas_nolapack.CblasUpper,
                    openblas_nolapack.CblasNoTrans,
                    openblas_nolapack.CblasNonUnit,
                    n,
                    rows.rows(),
                    1,
                    a,
                    n,
                    b,
                    n);
            return result(rows.rows(), b, buffers);
        }

        private void requireLength(String what, int length, Matrix x) {
            if (length != n) {
                throw new IllegalArgumentException(what + " of X do not fit A: A is " + n + " × " + n + ", X is "
                        + x.rows() + " × " + x.columns());
            }
        }

        private Matrix result(int rows, DoublePointer values, NativeBuffers buffers) {
            Matrix result = Matrix.zeros(rows, n);
            values.get(result.data(), 0, result.data().length);
            buffers.release();
            return result;
        }
    }

    private static int requireSquare(Matrix a) {
        if (a.rows() != a.columns()) {
            throw new IllegalArgumentException("not square: " + a.rows() + " × " + a.columns());
        }
        return a.rows();
    }

    private static void check(String routine, int info) {
        if (info != 0) {
            throw new ArithmeticException("LAPACK " + routine + " failed with info " + info);
        }
    }
}
