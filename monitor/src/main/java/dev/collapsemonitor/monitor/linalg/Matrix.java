package dev.collapsemonitor.monitor.linalg;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** A dense float64 matrix, row-major. Operations return new matrices; nothing here changes its arguments. */
public final class Matrix {
    static {
        Blas.load();
    }

    private static final int TILE = 32;

    private final int rows;
    private final int columns;
    private final double[] data;

    private Matrix(int rows, int columns, double[] data) {
        this.rows = rows;
        this.columns = columns;
        this.data = data;
    }

    /** A matrix over {@code data}, rows × columns, row-major; the array is not copied. */
    public static Matrix of(int rows, int columns, double[] data) {
        if (data.length != rows * columns) {
            throw new IllegalArgumentException(
                    "an array of " + data.length + " elements cannot be a " + rows + " × " + columns + " matrix");
        }
        return new Matrix(rows, columns, data);
    }

    /** Zeros. */
    public static Matrix zeros(int rows, int columns) {
        return new Matrix(rows, columns, new double[Math.multiplyExact(rows, columns)]);
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** The elements, row-major, not copied. */
    public double[] data() {
        return data;
    }

    public double get(int row, int column) {
        return data[row * columns + column];
    }

    /** A copy of the matrix. */
    public Matrix copy() {
        return new Matrix(rows, columns, data.clone());
    }

    /** A copy of one row. */
    public double[] row(int row) {
        return Arrays.copyOfRange(data, row * columns, (row + 1) * columns);
    }

    /** The given rows, in that order. */
    public Matrix selectRows(int[] selected) {
        double[] result = new double[selected.length * columns];
        for (int i = 0; i < selected.length; i++) {
            System.arraycopy(data, selected[i] * columns, result, i * columns, columns);
        }
        return new Matrix(selected.length, columns, result);
    }

    /** The given columns, in that order. */
    public Matrix selectColumns(int[] selected) {
        double[] result = new double[rows * selected.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < selected.length; j++) {
                result[i * selected.length + j] = data[i * columns + selected[j]];
            }
        }
        return new Matrix(rows, selected.length, result);
    }

    /** A·B. */
    public Matrix times(Matrix b) {
        requireEqual("columns of A and rows of B", columns, b.rows, b);
        return multiply(openblas_nolapack.CblasNoTrans, openblas_nolapack.CblasNoTrans, rows, b.columns, columns, b);
    }

    /** A·Bᵀ. */
    public Matrix timesTransposed(Matrix b) {
        requireEqual("columns of A and columns of B", columns, b.columns, b);
        return multiply(openblas_nolapack.CblasNoTrans, openblas_nolapack.CblasTrans, rows, b.rows, columns, b);
    }

    /** Aᵀ·B. */
    public Matrix transposedTimes(Matrix b) {
        requireEqual("rows of A and rows of B", rows, b.rows, b);
        return multiply(openblas_nolapack.CblasTrans, openblas_nolapack.CblasNoTrans, columns, b.columns, rows, b);
    }

    /** A·Aᵀ, symmetric, both triangles. */
    public Matrix gram() {
        return symmetricProduct(openblas_nolapack.CblasNoTrans, rows, columns);
    }

    /** Aᵀ·A, symmetric, both triangles. */
    public Matrix columnGram() {
        return symmetricProduct(openblas_nolapack.CblasTrans, columns, rows);
    }

    /** The smaller of A·Aᵀ and Aᵀ·A; A·Aᵀ of a square matrix. */
    public Matrix shorterGram() {
        return rows <= columns ? gram() : columnGram();
    }

    /** A + factor · B. */
    public Matrix plus(double factor, Matrix b) {
        requireEqual("rows of A and rows of B", rows, b.rows, b);
        requireEqual("columns of A and columns of B", columns, b.columns, b);
        double[] sum = new double[data.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = data[i] + factor * b.data[i];
        }
        return new Matrix(rows, columns, sum);
    }

    /** factor · A. */
    public Matrix scaled(double factor) {
        double[] scaled = new double[data.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = factor * data[i];
        }
        return new Matrix(rows, columns, scaled);
    }

    /** √Σ a². */
    public double frobeniusNorm() {
        return Vectors.norm(data, 0, data.length);
    }

    /** Euclidean norm of one row. */
    public double rowNorm(int row) {
        return Vectors.norm(data, row * columns, columns);
    }

    /** tr A. */
    public double trace() {
        double trace = 0;
        for (int i = 0; i < Math.min(rows, columns); i++) {
            trace += data[i * columns + i];
        }
        return trace;
    }

    private Matrix symmetricProduct(int transpose, int n, int k) {
        if (k == 0) {
            return zeros(n, n); // BLAS refuses rows without elements
        }
        NativeBuffers buffers = NativeBuffers.ofThread();
        DoublePointer a = buffers.load(NativeBuffers.A, data);
        DoublePointer product = buffers.reserve(NativeBuffers.C, (long) n * n);
        openblas_nolapack.cblas_dsyrk(
                Blas.ROW_MAJOR, openblas_nolapack.CblasLower, transpose, n, k, 1, a, columns, 0, product, n);
        Matrix symmetric = symmetric(n, product);
        buffers.release();
        return symmetric;
    }

    /** The symmetric matrix whose lower triangle lies in a row-major block. */
    static Matrix symmetric(int n, DoublePointer lower) {
        Matrix symmetric = zeros(n, n);
        lower.get(symmetric.data, 0, symmetric.data.length);
        return symmetric.mirrorLower();
    }

    /** Copies the lower triangle to the upper one, in place; returns this. The matrix must be square. */
    public Matrix mirrorLower() {
        requireEqual("rows and columns", rows, columns, this);
        int n = rows;
        // Tile by tile: whole columns would miss the cache at every element.
        for (int top = 0; top < n; top += TILE) {
            for (int left = 0; left <= top; left += TILE) {
                for (int i = top; i < Math.min(top + TILE, n); i++) {
                    for (int j = left; j < Math.min(left + TILE, i); j++) {
                        data[j * n + i] = data[i * n + j];
                    }
                }
            }
        }
        return this;
    }

    private Matrix multiply(int transA, int transB, int m, int n, int k, Matrix b) {
        if (m == 0 || n == 0 || k == 0) {
            return zeros(m, n); // BLAS refuses rows without elements
        }
        NativeBuffers buffers = NativeBuffers.ofThread();
        DoublePointer left = buffers.load(NativeBuffers.A, data);
        DoublePointer right = buffers.load(NativeBuffers.B, b.data);
        Matrix c = zeros(m, n);
        DoublePointer product = buffers.reserve(NativeBuffers.C, c.data.length);
        openblas_nolapack.cblas_dgemm(
                Blas.ROW_MAJOR, transA, transB, m, n, k, 1, left, columns, right, b.columns, 0, product, n);
        product.get(c.data, 0, c.data.length);
        buffers.release();
        return c;
    }

    private void requireEqual(String what, int left, int right, Matrix b) {
        if (left != right) {
            throw new IllegalArgumentException(
                    what + " differ: A is " + rows + " × " + columns + ", B is " + b.rows + " × " + b.columns);
        }
    }
}
