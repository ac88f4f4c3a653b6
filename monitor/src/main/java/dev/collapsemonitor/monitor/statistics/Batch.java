package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorView;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Rows of features with their labels, as an accumulator observes them. Reused from batch to batch, so that nothing is
 * allocated once the largest batch was seen; not safe for use by several threads.
 */
public final class Batch {
    static final int NO_PREDICTION = -1;

    private int rows;
    private int dimension;
    private boolean doubles;
    private long id;
    private float[] floatRow = new float[0];
    private double[] doubleRows = new double[0];
    private int[] labels = new int[0];
    private int[] predicted = new int[0];
    private double[] norms = new double[0];
    private FloatPointer floatBlock = new FloatPointer();
    private FloatBuffer floats = FloatBuffer.allocate(0); // of the block

    /**
     * Fills the batch from a record.
     *
     * @param features rows × dimension
     * @param labels one per row, within the classes of the accumulator
     * @param predicted one per row, or empty when nothing was predicted
     * @param id tells this batch from the others of its accumulator, whatever order they come in
     * @throws InvalidRecordException with {@link Reason#NOT_FINITE} when a value is NaN or infinite, with {@link
     *     Reason#LIMIT} when its square overflows float64
     */
    public void load(TensorView features, int[] labels, int[] predicted, long id) {
        resize(features.rows(), features.columns(), features.isDouble(), id);
        if (doubles) {
            features.copyTo(0, doubleRows, 0, rows * dimension);
        } else {
            features.copyTo(floats.clear());
        }
        finish(labels, predicted);
    }

    /** Fills the batch from float32 rows; parameters as in {@link #load(TensorView, int[], int[], long)}. */
    public void load(float[] features, int rows, int dimension, int[] labels, int[] predicted, long id) {
        resize(rows, dimension, false, id);
        floats.put(0, features, 0, rows * dimension);
        finish(labels, predicted);
    }

    /** Fills the batch from float64 rows; parameters as in {@link #load(TensorView, int[], int[], long)}. */
    public void load(double[] features, int rows, int dimension, int[] labels, int[] predicted, long id) {
        resize(rows, dimension, true, id);
        System.arraycopy(features, 0, doubleRows, 0, rows * dimension);
        finish(labels, predicted);
    }

    public int rows() {
        return rows;
    }

    public int dimension() {
        return dimension;
    }

    /** Whether the features came as float64. */
    public boolean isDouble() {
        return doubles;
    }

    /** See {@link #load(TensorView, int[], int[], long)}. */
    public long id() {
        return id;
    }

    /** Labels, one per row; the array may be longer than the batch. */
    int[] labels() {
        return labels;
    }

    /** Predicted labels or {@link #NO_PREDICTION}, one per row; the array may be longer than the batch. */
    int[] predicted() {
        return predicted;
    }

    /** ‖h_i‖, one per row; the array may be longer than the batch. */
    double[] norms() {
        return norms;
    }

    /** Row-major features of a batch that is not {@link #isDouble()}, off the heap; its position is the caller's. */
    FloatPointer floatBlock() {
        return floatBlock;
    }

    /** Copies one row of a batch that is not {@link #isDouble()}. */
    void copyRow(int row, float[] target, int offset) {
        floats.get(row * dimension, target, offset, dimension);
    }

    /** Row-major features of a batch that {@link #isDouble()}. */
    double[] doubleRows() {
        return doubleRows;
    }

    /** Copies one row as float64, whatever it came as. */
    void copyRow(int row, double[] target) {
        if (doubles) {
            System.arraycopy(doubleRows, row * dimension, target, 0, dimension);
            return;
        }
        copyRow(row, floatRow, 0);
        for (int j = 0; j < dimension; j++) {
            target[j] = floatRow[j];
        }
    }

    private void resize(int rows, int dimension, boolean doubles, long id) {
        int count = Math.multiplyExact(rows, dimension);
        this.rows = rows;
        this.dimension = dimension;
        this.doubles = doubles;
        this.id = id;
        if (doubles) {
            doubleRows = grown(doubleRows, count);
        } else {
            if (floats.capacity() < count) {
                floatBlock.close();
                floatBlock = new FloatPointer((long) count);
                floats = floatBlock.asBuffer();
            }
            if (floatRow.length < dimension) {
                floatRow = new float[dimension];
            }
        }
        if (labels.length < rows) {
            labels = new int[rows];
            predicted = new int[rows];
            norms = new double[rows];
        }
    }

    private static double[] grown(double[] array, int count) {
        return array.length < count ? new double[count] : array;
    }

    private void finish(int[] newLabels, int[] newPredicted) {
        System.arraycopy(newLabels, 0, labels, 0, rows);
        if (newPredicted.length == 0) {
            Arrays.fill(predicted, 0, rows, NO_PREDICTION);
        } else {
            System.arraycopy(newPredicted, 0, predicted, 0, rows);
        }
        for (int i = 0; i < rows; i++) {
            double squared = squaredNorm(i);
            // One value that is not finite makes the sum not finite: the norms are needed anyway, the check is free.
            if (!Double.isFinite(squared)) {
                throw rejection(i);
            }
            norms[i] = Math.sqrt(squared);
        }
    }

    private double squaredNorm(int row) {
        int from = row * dimension;
        if (doubles) {
            return Vectors.squaredNorm(doubleRows, from, dimension);
        }
        float squares = Blas.squares(dimension, floatBlock.position(from));
        if (Blas.squaresHold(squares)) {
            return squares;
        }
        copyRow(row, floatRow, 0);
        return Vectors.squaredNorm(floatRow, 0, dimension);
    }

    private InvalidRecordException rejection(int row) {
        for (int j = row * dimension; j < (row + 1) * dimension; j++) {
            if (!Double.isFinite(doubles ? doubleRows[j] : floats.get(j))) {
                return new InvalidRecordException(
                        Reason.NOT_FINITE, "row " + row + " of the features holds a value that is not finite");
            }
        }
        return new InvalidRecordException(
                Reason.LIMIT,
                "row " + row + " of the features holds values whose squares overflow float64; scale them");
    }
}
