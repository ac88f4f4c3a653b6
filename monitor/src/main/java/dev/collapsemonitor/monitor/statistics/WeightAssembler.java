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
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Puts the chunks of one layer's weights at one step together, in any order.
 *
 * <p>One chunk can announce a matrix of half a gigabyte. So chunks are kept as they came until half of the rows are here,
 * and only then the matrix is made: memory is never more than a few times what arrived.
 */
public final class WeightAssembler {
    private final int rows;
    private final int columns;
    private final BitSet arrivedRows = new BitSet();
    private final NavigableMap<Integer, double[]> chunks =
            new TreeMap<>(); // by first row; empty once there is a matrix
    private double[] matrix = new double[0]; // or of all rows
    private int arrived;
    private double[] bias = new double[0];
    private WeightChunk declared;

    /** Weights of the shape that {@code chunk} announces. */
    public WeightAssembler(WeightChunk chunk, int columns) {
        this.rows = Math.toIntExact(chunk.getRows());
        this.columns = columns;
        Math.multiplyExact(rows, columns); // fits into an array
        this.declared = chunk;
    }

    /**
     * Adds a chunk that did not arrive before.
     *
     * @param newBias one per row of the whole matrix, or empty when this chunk carries none
     * @throws InvalidRecordException when its shape differs from the other chunks', a value is not finite or it holds rows
     *     of other chunks
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
        int known = arrivedRows.nextSetBit(offset);
        if (known >= 0 && known < offset + block.rows()) {
            throw new InvalidRecordException(
                    Reason.CONFLICT,
                    what + ": row " + known + " of step " + chunk.getStep() + " arrived before, in a chunk that was cut"
                            + " differently");
        }
        put(offset, values);
        if (newBias.length > 0) {
            bias = newBias;
        }
        if (offset == 0) {
            declared = chunk; // the chunk that carries what is said once
        }
    }

    private void put(int row, double[] values) {
        int count = values.length / columns;
        arrivedRows.set(row, row + count);
        arrived += count;
        if (matrix.length == 0 && count == rows) {
            matrix = values; // the one chunk is the matrix
            return;
        }
        chunks.put(row, values);
        if (2L * arrived >= rows) {
            if (matrix.length == 0) {
                matrix = new double[rows * columns];
            }
            chunks.forEach((from, chunk) -> System.arraycopy(chunk, 0, matrix, from * columns, chunk.length));
            chunks.clear();
        }
    }

    /** A value of a row that arrived. */
    private double value(int row, int column) {
        if (matrix.length > 0) {
            return matrix[row * columns + column];
        }
        Map.Entry<Integer, double[]> chunk = chunks.floorEntry(row);
        return chunk.getValue()[(row - chunk.getKey()) * columns + column];
    }

    /** Whether every row arrived. */
    public boolean complete() {
        return arrived == rows;
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
                out.writeDouble(value(row, j));
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
        double[] chunk = new double[0];
        int filled = 0;
        for (int row = 0; row < assembler.rows; row++) {
            if (in.readBoolean()) {
                if (filled + assembler.columns > chunk.length) {
                    chunk = Arrays.copyOf(chunk, Math.max(2 * chunk.length, filled + assembler.columns));
                }
                for (int j = 0; j < assembler.columns; j++) {
                    chunk[filled++] = in.readDouble();
                }
            } else if (filled > 0) {
                assembler.put(row - filled / assembler.columns, Arrays.copyOf(chunk, filled));
                filled = 0;
            }
        }
        if (filled > 0) {
            assembler.put(assembler.rows - filled / assembler.columns, Arrays.copyOf(chunk, filled));
        }
        return assembler;
    }

    /** The weights with what was declared about them, once they are {@linkplain #complete() complete}. */
    public LayerWeights weights() {
        return new LayerWeights(
                Matrix.of(rows, columns, matrix),
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
