package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Blas;
import org.bytedeco.javacpp.DoublePointer;

/** Centred rows in float64. */
final class DoubleRows implements CentredRows {
    private int rows;
    private int dimension;
    private DoublePointer block = new DoublePointer();
    private DoublePointer ones = new DoublePointer();
    private DoublePointer reference = new DoublePointer();
    private DoublePointer sum = new DoublePointer();
    private double[] row = new double[0];

    @Override
    public void start(int newRows, int newDimension) {
        rows = newRows;
        dimension = newDimension;
        block = grown(block, (long) newRows * newDimension);
        reference = grown(reference, newDimension);
        sum = grown(sum, newDimension);
        if (row.length < newDimension) {
            row = new double[newDimension];
        }
        if (ones.capacity() < newRows) {
            ones = grown(ones, newRows);
            for (int i = 0; i < newRows; i++) {
                ones.put(i, 1d);
            }
        }
    }

    private static DoublePointer grown(DoublePointer pointer, long count) {
        if (pointer.capacity() >= count) {
            return pointer;
        }
        pointer.close();
        return new DoublePointer(count);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public double centreClass(Batch batch, int[] order, int from, int to, ClassMoments moments, double weight) {
        for (int i = from; i < to; i++) {
            batch.copyRow(order[i], row);
            block.position((long) i * dimension).put(row, 0, dimension);
        }
        reference.put(moments.reference, 0, dimension);
        block.position((long) from * dimension);
        Blas.subtractFromRows(to - from, dimension, ones, reference, block);
        Blas.sumOfRows(to - from, dimension, ones, block, sum);
        sum.get(row, 0, dimension);
        for (int j = 0; j < dimension; j++) {
            moments.sum[j] += weight * row[j];
        }
        return Blas.squares((to - from) * dimension, block);
    }

    /** The whole block. */
    DoublePointer block() {
        return block.position(0);
    }
}
