package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Blas;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Products in float64 (one dsyrk a batch): for float64 features, where the dimension is so small that it is cheap, and where the
 * samples are so few that all are retained.
 */
final class DoubleScatter implements Scatter {
    private final int dimension;
    private final double[] packed;
    private final DoublePointer product;
    private final double[] row;
    private boolean pending;

    DoubleScatter(int dimension) {
        this.dimension = dimension;
        packed = new double[Scatter.packedLength(dimension)];
        long elements = (long) dimension * dimension;
        product = new DoublePointer(elements);
        Pointer.memset(product, 0, elements * Double.BYTES);
        row = new double[dimension];
    }

    /**
     * Adds weight · Σ_i x_i x_iᵀ.
     *
     * @param weight of every row; 1 unless older samples count less
     */
    void add(DoubleRows rows, double weight) {
        Blas.addGramLower(rows.rows(), dimension, weight, rows.block(), product);
        pending = true;
    }

    @Override
    public double[] packed() {
        if (pending) {
            int target = 0;
            for (int i = 0; i < dimension; i++) {
                product.position((long) i * dimension).get(row, 0, i + 1);
                for (int j = 0; j <= i; j++) {
                    packed[target++] += row[j];
                }
            }
            product.position(0);
            Pointer.memset(product, 0, (long) dimension * dimension * Double.BYTES);
            pending = false;
        }
        return packed;
    }

    @Override
    public void restore(double[] sum) {
        System.arraycopy(sum, 0, packed, 0, packed.length);
    }

    @Override
    public void scale(double factor) {
        double[] sum = packed();
        for (int i = 0; i < sum.length; i++) {
            sum[i] *= factor;
        }
    }

    @Override
    public long memoryBytes() {
        return (long) packed.length * Double.BYTES + (long) dimension * dimension * Double.BYTES;
    }

    @Override
    public void close() {
        product.close();
    }
}
