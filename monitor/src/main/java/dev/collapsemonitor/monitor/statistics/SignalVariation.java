package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Within-class variation of back-propagated signals, grown batch by batch in one pass: tr S_W = Σ_k (Σ‖δ−r_k‖² −
 * n_k‖μ_k−r_k‖²) in float64, with r_k the first signal of the class, so that nothing uncentred is squared.
 *
 * <p>Memory is two vectors of the outputs per class present. Not safe for use by several threads.
 */
public final class SignalVariation {
    /** More than this is not kept: the metric that needs it is then undefined. */
    private static final long MAX_BYTES = 256L << 20;

    private final int outputs;
    private final double[][] references;
    private final double[][] offsets; // Σ (δ − r)
    private final double[] squares; // Σ ‖δ − r‖²
    private final long[] counts;
    private long observed;

    /** Nothing observed yet, of that many classes and outputs of the layer. */
    public SignalVariation(int classes, int outputs) {
        this.outputs = outputs;
        references = new double[classes][];
        offsets = new double[classes][];
        squares = new double[classes];
        counts = new long[classes];
    }

    /** Whether so many classes and outputs stay within the memory that is given to them. */
    public static boolean fits(int classes, int outputs) {
        return memoryBytes(classes, outputs) <= MAX_BYTES;
    }

    /** Bytes that it grows to at most. */
    public static long memoryBytes(int classes, int outputs) {
        return classes * (2L * Double.BYTES * outputs + 2 * Long.BYTES);
    }

    /** Length of one signal. */
    public int outputs() {
        return outputs;
    }

    /** Signals observed so far. */
    public long observed() {
        return observed;
    }

    /**
     * Adds signals.
     *
     * @param signals rows × outputs, finite
     * @param labels one per row, in [0, classes)
     * @throws IllegalArgumentException when the shapes differ
     */
    public void observe(Matrix signals, int[] labels) {
        if (signals.columns() != outputs || signals.rows() != labels.length) {
            throw new IllegalArgumentException("signals of " + signals.rows() + " × " + signals.columns() + " with "
                    + labels.length + " labels cannot be added to those of " + outputs + " outputs");
        }
        for (int i = 0; i < labels.length; i++) {
            add(signals.data(), i * outputs, labels[i]);
        }
        observed += labels.length;
    }

    private void add(double[] data, int from, int label) {
        if (references[label] == null) {
            references[label] = Arrays.copyOfRange(data, from, from + outputs);
            offsets[label] = new double[outputs];
        }
        double[] reference = references[label];
        double[] offset = offsets[label];
        double sum = 0;
        for (int j = 0; j < outputs; j++) {
            double difference = data[from + j] - reference[j];
            offset[j] += difference;
            sum += difference * difference;
        }
        squares[label] += sum;
        counts[label]++;
    }

    /** TCV(δ) = tr S_W/N; NaN when nothing was observed. */
    public double total() {
        double trace = 0;
        for (int k = 0; k < counts.length; k++) {
            if (counts[k] > 0) {
                trace += Math.max(0, squares[k] - offsetSquares(k)); // rounding can leave a tiny negative rest
            }
        }
        return trace / observed;
    }

    /** Bytes that this one grows to at most. */
    public long memoryBytes() {
        return memoryBytes(counts.length, outputs);
    }

    /**
     * Writes everything that {@link #read} needs: int classes, int outputs, long observed; for every class long count and,
     * when there is one, double squares, reference [outputs], offsets [outputs].
     *
     * @throws IOException when {@code out} fails
     */
    public void write(DataOutput out) throws IOException {
        out.writeInt(counts.length);
        out.writeInt(outputs);
        out.writeLong(observed);
        for (int k = 0; k < counts.length; k++) {
            out.writeLong(counts[k]);
            if (counts[k] > 0) {
                out.writeDouble(squares[k]);
                for (int j = 0; j < outputs; j++) {
                    out.writeDouble(references[k][j]);
                }
                for (int j = 0; j < outputs; j++) {
                    out.writeDouble(offsets[k][j]);
                }
            }
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when the bytes are cut short
     */
    public static SignalVariation read(DataInput in) throws IOException {
        int classes = in.readInt();
        SignalVariation signals = new SignalVariation(classes, in.readInt());
        signals.observed = in.readLong();
        for (int k = 0; k < classes; k++) {
            signals.counts[k] = in.readLong();
            if (signals.counts[k] > 0) {
                signals.squares[k] = in.readDouble();
                signals.references[k] = signals.readVector(in);
                signals.offsets[k] = signals.readVector(in);
            }
        }
        return signals;
    }

    private double[] readVector(DataInput in) throws IOException {
        double[] vector = new double[outputs];
        for (int j = 0; j < outputs; j++) {
            vector[j] = in.readDouble();
        }
        return vector;
    }

    /** n_k‖μ_k − r_k‖². */
    private double offsetSquares(int k) {
        double sum = 0;
        for (double value : offsets[k]) {
            sum += value * value;
        }
        return sum / counts[k];
    }
}
