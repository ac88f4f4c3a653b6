package dev.collapsemonitor.monitor.linalg;

import java.util.Arrays;
import org.bytedeco.openblas.global.openblas_nolapack;

/** A dense float64 matrix, row-major. Operations return new matrices; nothing here changes its arguments. */
public final class Matrix {
    static {
        Blas.load();
    }

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
        Matrix c = zeros(rows, b.columns);
        multiply(openblas_nolapack.CblasNoTrans, openblas_nolapack.CblasNoTrans, rows, b.columns, columns, b, c);
        return c;
    }

    /** A·Bᵀ. */
    public Matrix timesTransposed(Matrix b) {
        requireEqual("columns of A and columns of B", columns, b.columns, b);
        Matrix c = zeros(rows, b.rows);
        multiply(openblas_nolapack.CblasNoTrans, openblas_nolapack.CblasTrans, rows, b.rows, columns, b, c);
        return c;
    }

    /** Aᵀ·B. */
    public Matrix transposedTimes(Matrix b) {
        requireEqual("rows of A and rows of B", rows, b.rows, b);
        Matrix c = zeros(columns, b.columns);
        multiply(openblas_nolapack.CblasTrans, openblas_nolapack.CblasNoTrans, columns, b.columns, rows, b, c);
        return c;
    }

    /** A·Aᵀ, symmetric, both triangles. */
    public Matrix gram() {
        Matrix c = zeros(rows, rows);
        openblas_nolapack.cblas_dsyrk(
                Blas.ROW_MAJOR,
                openblas_nolapack.CblasLower,
                openblas_nolapack.CblasNoTrans,
                rows,
                columns,
                1,
                data,
                columns,
                0,
                c.data,
                rows);
        return c.mirrorLower();
    }

    /** Aᵀ·A, symmetric, both triangles. */
    public Matrix columnGram() {
        Matrix c = zeros(columns, columns);
        openblas_nolapack.cblas_dsyrk(
                Blas.ROW_MAJOR,
                openblas_nolapack.CblasLower,
                openblas_nolapack.CblasTrans,
                columns,
                rows,
                1,
                data,
                columns,
                0,
                c.data,
                columns);
        return c.mirrorLower();
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

    private Matrix mirrorLower() {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < i; j++) {
                data[j * columns + i] = data[i * columns + j];
            }
        }
        return this;
    }

    private void multiply(int transA, int transB, int m, int n, int k, Matrix b, Matrix c) {
        openblas_nolapack.cblas_dgemm(
                Blas.ROW_MAJOR, transA, transB, m, n, k, 1, data, columns, b.data, b.columns, 0, c.data, n);
    }

    private void requireEqual(String what, int left, int right, Matrix b) {
        if (left != right) {
            throw new IllegalArgumentException(
                    what + " differ: A is " + rows + " × " + columns + ", B is " + b.rows + " × " + b.columns);
        }
    }
}
