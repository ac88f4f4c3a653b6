package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Blas;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Products in float32 (one ssyrk a batch), folded into float64 after a bounded number of rows.
 *
 * <p>Rows are scaled by a power of two that brings their root mean square near one: squares of values around 1e±25 would
 * overflow or vanish in float32.
 */
final class FloatScatter implements Scatter {
    /** Rows whose products are added up in float32 before they are folded: bounds the rounding, spreads the folds. */
    private static final int ROWS_PER_FOLD = 4096;

    /** The same for batches of a few rows each, whose additions round as often as large ones do. */
    private static final int BATCHES_PER_FOLD = 128;

    /** The scale stays while the root mean square of a batch is within this factor of one. */
    private static final double SCALE_RANGE = 0x1p20;

    /** Largest exponent of a scale that float32 and its square root of the range can hold. */
    private static final int MAX_EXPONENT = 120;

    private final int dimension;
    private final double[] packed;
    private final FloatPointer product;
    private final float[] row;
    private int rowsInProduct;
    private int batchesInProduct;
    private int exponent;

    FloatScatter(int dimension) {
        this.dimension = dimension;
        packed = new double[Scatter.packedLength(dimension)];
        long elements = (long) dimension * dimension;
        product = new FloatPointer(elements);
        Pointer.memset(product, 0, elements * Float.BYTES);
        row = new float[dimension];
    }

    /**
     * Adds weight · Σ_i x_i x_iᵀ.
     *
     * @param weight of every row; 1 unless older samples count less
     * @param squares Σ_i ‖x_i‖², for the choice of the scale
     */
    void add(FloatRows rows, double weight, double squares) {
        if (squares == 0) {
            return;
        }
        double rootMeanSquare = Math.sqrt(squares / ((double) rows.rows() * dimension));
        double scaled = rootMeanSquare * Math.scalb(1.0, exponent);
        if (scaled > SCALE_RANGE || scaled < 1 / SCALE_RANGE) {
            fold();
            exponent = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, -Math.getExponent(rootMeanSquare)));
        }
        Blas.addGramLower(rows.rows(), dimension, (float) weight, rows.scaled(Math.scalb(1f, exponent)), product);
        rowsInProduct += rows.rows();
        batchesInProduct++;
        if (rowsInProduct >= ROWS_PER_FOLD || batchesInProduct >= BATCHES_PER_FOLD) {
            fold();
        }
    }

    @Override
    public double[] packed() {
        fold();
        return packed;
    }

    @Override
    public void restore(double[] sum) {
        System.arraycopy(sum, 0, packed, 0, packed.length);
    }

    @Override
    public void scale(double factor) {
        fold();
        for (int i = 0; i < packed.length; i++) {
            packed[i] *= factor;
        }
    }

    @Override
    public long memoryBytes() {
        return (long) packed.length * Double.BYTES + (long) dimension * dimension * Float.BYTES;
    }

    @Override
    public void close() {
        product.close();
    }

    private void fold() {
        if (rowsInProduct == 0) {
            return;
        }
        double unscale = Math.scalb(1.0, -2 * exponent);
        int target = 0;
        for (int i = 0; i < dimension; i++) {
            product.position((long) i * dimension).get(row, 0, i + 1);
            for (int j = 0; j <= i; j++) {
                packed[target++] += unscale * row[j];
            }
        }
        product.position(0);
        Pointer.memset(product, 0, (long) dimension * dimension * Float.BYTES);
        rowsInProduct = 0;
        batchesInProduct = 0;
    }
}
