package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Vectors;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The rows of one batch minus their class's reference, grouped by class: the block that the products are made of. One
 * per thread, shared by all accumulators of the thread.
 *
 * <p>float32 rows are subtracted in float32: row and reference lie close together, so the difference is exact or nearly
 * so, however far both lie from the origin.
 */
final class CentredRows {
    private final boolean doubles;
    private int rows;
    private int dimension;
    private float[] floats = new float[0];
    private double[] numbers = new double[0];
    private FloatPointer floatBlock = new FloatPointer();
    private DoublePointer doubleBlock = new DoublePointer();
    private float[] classSum = new float[0];

    CentredRows(boolean doubles) {
        this.doubles = doubles;
    }

    void start(int newRows, int newDimension) {
        rows = newRows;
        dimension = newDimension;
        int count = newRows * newDimension;
        if (doubles && numbers.length < count) {
            numbers = new double[count];
            doubleBlock.close();
            doubleBlock = new DoublePointer((long) count);
        } else if (!doubles && floats.length < count) {
            floats = new float[count];
            floatBlock.close();
            floatBlock = new FloatPointer((long) count);
        }
        if (!doubles && classSum.length < newDimension) {
            classSum = new float[newDimension];
        }
    }

    int rows() {
        return rows;
    }

    int dimension() {
        return dimension;
    }

    /** Subtracts a reference from one row of the batch and returns Σ (h − r)². */
    double centre(Batch batch, int row, double[] reference, float[] floatReference) {
        int from = row * dimension;
        if (doubles) {
            double[] h = batch.doubleRows();
            for (int j = 0; j < dimension; j++) {
                numbers[from + j] = h[from + j] - reference[j];
            }
            return Vectors.squaredNorm(numbers, from, dimension);
        }
        float[] h = batch.floatRows();
        for (int j = 0; j < dimension; j++) {
            floats[from + j] = h[from + j] - floatReference[j];
        }
        return Vectors.squaredNorm(floats, from, dimension);
    }

    /**
     * Adds weight · Σ (h − r) over some rows to a float64 sum. float32 rows of one batch are summed in float32 first:
     * they are centred and few, and it runs at the full width of the CPU.
     *
     * @param order row indices
     */
    void addTo(double[] sum, double weight, int[] order, int from, int to) {
        if (doubles) {
            for (int i = from; i < to; i++) {
                int start = order[i] * dimension;
                for (int j = 0; j < dimension; j++) {
                    sum[j] += weight * numbers[start + j];
                }
            }
            return;
        }
        System.arraycopy(floats, order[from] * dimension, classSum, 0, dimension);
        for (int i = from + 1; i < to; i++) {
            int start = order[i] * dimension;
            for (int j = 0; j < dimension; j++) {
                classSum[j] += floats[start + j];
            }
        }
        for (int j = 0; j < dimension; j++) {
            sum[j] += weight * classSum[j];
        }
    }

    /** The block off the heap, each value multiplied by {@code scale}, a power of two. */
    FloatPointer floatBlock(float scale) {
        int count = rows * dimension;
        if (scale != 1f) {
            for (int i = 0; i < count; i++) {
                floats[i] *= scale;
            }
        }
        return floatBlock.position(0).put(floats, 0, count);
    }

    /** The block off the heap. */
    DoublePointer doubleBlock() {
        return doubleBlock.position(0).put(numbers, 0, rows * dimension);
    }
}
