package dev.collapsemonitor.monitor.linalg;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The few BLAS calls that the hot path makes, on off-heap blocks.
 *
 * <p>One BLAS thread per caller: the monitor runs one stream thread per core, and threads inside a product would only
 * fight with them.
 */
public final class Blas {
    static final int ROW_MAJOR = openblas_nolapack.CblasRowMajor;
    static final int COLUMN_MAJOR = openblas_nolapack.CblasColMajor;

    static {
        openblas.blas_set_num_threads(1);
    }

    private Blas() {}

    /** Loads the library; the first caller pays 0.2 to 0.7 s. */
    public static void load() {
        // The static initializer does the work.
    }

    /**
     * Lower triangle of {@code C += alpha · XᵀX} in float32.
     *
     * @param x rows × dimension, row-major
     * @param c dimension × dimension, row-major
     */
    public static void addGramLower(int rows, int dimension, float alpha, FloatPointer x, FloatPointer c) {
        openblas_nolapack.cblas_ssyrk(
                ROW_MAJOR,
                openblas_nolapack.CblasLower,
                openblas_nolapack.CblasTrans,
                dimension,
                rows,
                alpha,
                x,
                dimension,
                1f,
                c,
                dimension);
    }

    /** Lower triangle of {@code C += alpha · XᵀX} in float64; shapes as in the float32 form. */
    public static void addGramLower(int rows, int dimension, double alpha, DoublePointer x, DoublePointer c) {
        openblas_nolapack.cblas_dsyrk(
                ROW_MAJOR,
                openblas_nolapack.CblasLower,
                openblas_nolapack.CblasTrans,
                dimension,
                rows,
                alpha,
                x,
                dimension,
                1d,
                c,
                dimension);
    }
}
