package dev.collapsemonitor.monitor.linalg;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Σ XᵀX over blocks of rows in float64, so that no more than one block is ever in memory beside the sum.
 *
 * <p>It holds the thread's buffers from the first block to {@link #sum}: no other product may run in between.
 */
public final class GramSum {
    private final int dimension;
    private final DoublePointer product;

    /** A sum of zero, dimension × dimension. */
    public GramSum(int dimension) {
        Blas.load();
        this.dimension = dimension;
        long elements = (long) dimension * dimension;
        product = NativeBuffers.ofThread().reserve(NativeBuffers.C, elements);
        Pointer.memset(product, 0, elements * Double.BYTES);
    }

    /** Adds XᵀX of the first {@code rows} rows of a row-major block. */
    public void add(double[] block, int rows) {
        add(1, block, rows);
    }

    /** Subtracts XᵀX. */
    public void subtract(Matrix x) {
        if (x.columns() != dimension) {
            throw new IllegalArgumentException("columns differ: the sum is " + dimension + " × " + dimension + ", X is "
                    + x.rows() + " × " + x.columns());
        }
        add(-1, x.data(), x.rows());
    }

    private void add(double factor, double[] block, int rows) {
        DoublePointer x = NativeBuffers.ofThread().reserve(NativeBuffers.A, block.length);
        x.put(block, 0, rows * dimension);
        openblas_nolapack.cblas_dsyrk(
                Blas.ROW_MAJOR,
                openblas_nolapack.CblasLower,
                openblas_nolapack.CblasTrans,
                dimension,
                rows,
                factor,
                x,
                dimension,
                1,
                product,
                dimension);
    }

    /** The sum, both triangles. */
    public Matrix sum() {
        Matrix sum = Matrix.symmetric(dimension, product);
        NativeBuffers.ofThread().release();
        return sum;
    }
}
