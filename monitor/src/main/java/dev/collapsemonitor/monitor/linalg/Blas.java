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

    // Far inside the range of float32: no single square was denormal enough to matter, none overflowed.
    private static final float MIN_SQUARES = 1e-24f;
    private static final float MAX_SQUARES = 1e36f;

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

    /** Whether Σ x² formed in float32 neither overflowed nor lost digits near zero. */
    public static boolean squaresHold(float sum) {
        return sum > MIN_SQUARES && sum < MAX_SQUARES;
    }

    /** Σ x² over {@code count} elements from the pointer's position, formed in float32. */
    public static float squares(int count, FloatPointer x) {
        return openblas_nolapack.cblas_sdot(count, x, 1, x, 1);
    }

    /** Σ x² over {@code count} elements from the pointer's position. */
    public static double squares(int count, DoublePointer x) {
        return openblas_nolapack.cblas_ddot(count, x, 1, x, 1);
    }

    /** Whether all {@code count} elements from the pointer's position are zero. */
    public static boolean allZero(int count, FloatPointer x) {
        return x.get(openblas_nolapack.cblas_isamax(count, x, 1)) == 0f;
    }

    /**
     * Subtracts a vector from every row of a block: one rounding an element, as in a plain subtraction.
     *
     * @param ones at least {@code rows} ones
     */
    public static void subtractFromRows(
            int rows, int dimension, FloatPointer ones, FloatPointer vector, FloatPointer block) {
        openblas_nolapack.cblas_sger(ROW_MAJOR, rows, dimension, -1f, ones, 1, vector, 1, block, dimension);
    }

    /** The same in float64. */
    public static void subtractFromRows(
            int rows, int dimension, DoublePointer ones, DoublePointer vector, DoublePointer block) {
        openblas_nolapack.cblas_dger(ROW_MAJOR, rows, dimension, -1d, ones, 1, vector, 1, block, dimension);
    }

    /** {@code sum} = Σ of the rows of a block. */
    public static void sumOfRows(int rows, int dimension, FloatPointer ones, FloatPointer block, FloatPointer sum) {
        openblas_nolapack.cblas_sgemv(
                ROW_MAJOR, openblas_nolapack.CblasTrans, rows, dimension, 1f, block, dimension, ones, 1, 0f, sum, 1);
    }

    /** The same in float64. */
    public static void sumOfRows(int rows, int dimension, DoublePointer ones, DoublePointer block, DoublePointer sum) {
        openblas_nolapack.cblas_dgemv(
                ROW_MAJOR, openblas_nolapack.CblasTrans, rows, dimension, 1d, block, dimension, ones, 1, 0d, sum, 1);
    }

    /** Multiplies {@code count} elements by a factor. */
    public static void scale(int count, float factor, FloatPointer x) {
        openblas_nolapack.cblas_sscal(count, factor, x, 1);
    }
}
