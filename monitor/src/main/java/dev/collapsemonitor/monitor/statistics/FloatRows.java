package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.linalg.Vectors;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Centred rows in float32. Row and reference lie close together, so their difference is exact or nearly so, however far
 * both lie from the origin; sums over the few centred rows of a batch keep seven digits of the spread.
 */
final class FloatRows implements CentredRows {
    private int rows;
    private int dimension;
    private FloatPointer block = new FloatPointer();
    private FloatPointer ones = new FloatPointer();
    private FloatPointer reference = new FloatPointer();
    private FloatPointer sum = new FloatPointer();
    private float[] row = new float[0];

    @Override
    public void start(int newRows, int newDimension) {
        rows = newRows;
        dimension = newDimension;
        block = grown(block, (long) newRows * newDimension);
        reference = grown(reference, newDimension);
        sum = grown(sum, newDimension);
        if (row.length < newDimension) {
            row = new float[newDimension];
        }
        if (ones.capacity() < newRows) {
            ones = grown(ones, newRows);
            for (int i = 0; i < newRows; i++) {
                ones.put(i, 1f);
            }
        }
    }

    private static FloatPointer grown(FloatPointer pointer, long count) {
        if (pointer.capacity() >= count) {
            return pointer;
        }
        pointer.close();
        return new FloatPointer(count);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public double centreClass(Batch batch, int[] order, int from, int to, ClassMoments moments, double weight) {
        FloatPointer source = batch.floatBlock();
        long bytes = (long) dimension * Float.BYTES;
        for (int i = from; i < to; i++) {
            source.position((long) order[i] * dimension);
            Pointer.memcpy(block.position((long) i * dimension), source, bytes);
        }
        reference.put(moments.floatReference, 0, dimension);
        block.position((long) from * dimension);
        Blas.subtractFromRows(to - from, dimension, ones, reference, block);
        Blas.sumOfRows(to - from, dimension, ones, block, sum);
        sum.get(row, 0, dimension);
        for (int j = 0; j < dimension; j++) {
            moments.sum[j] += weight * row[j];
        }
        int count = (to - from) * dimension;
        float squares = Blas.squares(count, block);
        return Blas.squaresHold(squares) || Blas.allZero(count, block) ? squares : squaresInDouble(from, to);
    }

    private double squaresInDouble(int from, int to) {
        double squares = 0;
        for (int i = from; i < to; i++) {
            block.position((long) i * dimension).get(row, 0, dimension);
            squares += Vectors.squaredNorm(row, 0, dimension);
        }
        return squares;
    }

    /** The whole block, each value multiplied by {@code scale}, a power of two. */
    FloatPointer scaled(float scale) {
        block.position(0);
        if (scale != 1f) {
            Blas.scale(rows * dimension, scale, block);
        }
        return block;
    }
}
