package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.BitSet;

/** Puts the chunks of one layer's weights at one step together, in any order. */
public final class WeightAssembler {
    private final int rows;
    private final int columns;
    private final double[] weights;
    private final BitSet arrivedRows;
    private double[] bias = new double[0];
    private WeightChunk declared;

    /** Weights of the shape that {@code chunk} announces. */
    public WeightAssembler(WeightChunk chunk, int columns) {
        this.rows = Math.toIntExact(chunk.getRows());
        this.columns = columns;
        this.weights = new double[Math.multiplyExact(rows, columns)];
        this.arrivedRows = new BitSet(rows);
        this.declared = chunk;
    }

    /**
     * Adds a chunk; one that arrived before changes nothing.
     *
     * @param newBias one per row of the whole matrix, or empty when this chunk carries none
     * @throws InvalidRecordException when its shape differs from the other chunks' or a value is not finite
     */
    public void add(WeightChunk chunk, TensorView block, double[] newBias) {
        String what = "weights of run " + chunk.getRun() + ", layer "
                + chunk.getLayer().getName();
        if (chunk.getRows() != rows || block.columns() != columns) {
            throw new InvalidRecordException(
                    Reason.SHAPE,
                    what + ": " + chunk.getRows() + " × " + block.columns()
                            + ", but other chunks of this step announced " + rows + " × " + columns);
        }
        double[] values = block.toDoubles();
        if (!Double.isFinite(Vectors.squaredNorm(values, 0, values.length))
                || !Double.isFinite(Vectors.squaredNorm(newBias, 0, newBias.length))) {
            throw new InvalidRecordException(Reason.NOT_FINITE, what + ": a value is not finite");
        }
        int offset = Math.toIntExact(chunk.getRowOffset());
        System.arraycopy(values, 0, weights, offset * columns, values.length);
        arrivedRows.set(offset, offset + block.rows());
        if (newBias.length > 0) {
            bias = newBias;
        }
        if (offset == 0) {
            declared = chunk; // the chunk that carries what is said once
        }
    }

    /** Whether every row arrived. */
    public boolean complete() {
        return arrivedRows.cardinality() == rows;
    }

    /** Whether features of the same step are published too. */
    public boolean featuresFollow() {
        return declared.getFeaturesFollow();
    }

    /** The chunk that declares layer, step and classes. */
    public WeightChunk declared() {
        return declared;
    }

    /** Bytes of the weights of a shape; known in advance. */
    public static long memoryBytes(long rows, long columns) {
        return rows * columns * Double.BYTES + 2 * rows * Double.BYTES + 256;
    }

    /** Bytes that this one grows to at most. */
    public long memoryBytes() {
        return memoryBytes(rows, columns);
    }

    /**
     * Writes everything that {@link #read} needs: the chunk that declares (int bytes, message), int columns, int length of
     * the bias, the bias; for every row a bool whether it arrived and, when it did, its values in double.
     *
     * @throws IOException when {@code out} fails
     */
    public void write(DataOutput out) throws IOException {
        byte[] message = declared.toByteArray();
        out.writeInt(message.length);
        out.write(message);
        out.writeInt(columns);
        out.writeInt(bias.length);
        for (double value : bias) {
            out.writeDouble(value);
        }
        for (int row = 0; row < rows; row++) {
            out.writeBoolean(arrivedRows.get(row));
            for (int j = 0; j < (arrivedRows.get(row) ? columns : 0); j++) {
                out.writeDouble(weights[row * columns + j]);
            }
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when the bytes are cut short or hold no message
     */
    public static WeightAssembler read(DataInput in) throws IOException {
        byte[] message = new byte[in.readInt()];
        in.readFully(message);
        WeightAssembler assembler = new WeightAssembler(WeightChunk.parseFrom(message), in.readInt());
        assembler.bias = new double[in.readInt()];
        for (int i = 0; i < assembler.bias.length; i++) {
            assembler.bias[i] = in.readDouble();
        }
        for (int row = 0; row < assembler.rows; row++) {
            assembler.arrivedRows.set(row, in.readBoolean());
            for (int j = 0; j < (assembler.arrivedRows.get(row) ? assembler.columns : 0); j++) {
                assembler.weights[row * assembler.columns + j] = in.readDouble();
            }
        }
        return assembler;
    }

    /** The weights with what was declared about them. */
    public LayerWeights weights() {
        return new LayerWeights(
                Matrix.of(rows, columns, weights),
                bias,
                declared.getLayer().getClassifier(),
                declared.getLayer().getKind(),
                declared.getWeightDecay(),
                declared.getCoupling(),
                declared.getBiasDecayed(),
                declared.getLoss(),
                declared.getGradientNorm(),
                declared.getClassCountsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray());
    }
}
