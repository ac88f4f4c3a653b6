package dev.collapsemonitor.protocol;

import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A matrix in a record, read in place: checked once, never copied as a whole.
 *
 * <p>Not safe for use by several threads.
 */
public final class TensorView {
    private static final int MAX_DIMS = 8;

    private final DataType type;
    private final int rows;
    private final int columns;
    private final ByteBuffer data;

    private TensorView(DataType type, int rows, int columns, ByteBuffer data) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.data = data;
    }

    /**
     * Views a tensor as a matrix; a tensor of one dimension is one row, further dimensions are flattened into columns.
     *
     * @param what names the tensor in errors, such as {@code features of run r1, layer fc}
     * @throws InvalidRecordException when type, dims and payload do not fit together
     */
    public static TensorView of(String what, Tensor tensor) {
        DataType type = tensor.getDataType();
        int elementBytes;
        try {
            elementBytes = TensorCodec.elementBytes(type);
        } catch (InvalidRecordException e) {
            throw new InvalidRecordException(e.reason(), what + ": " + e.getMessage());
        }
        if (tensor.getDimsCount() == 0) {
            throw new InvalidRecordException(Reason.INVALID_TENSOR, what + ": the tensor has no dims");
        }
        if (tensor.getDimsCount() > MAX_DIMS) { // a million dims would be a message of megabytes
            throw new InvalidRecordException(
                    Reason.INVALID_TENSOR,
                    what + ": the tensor has " + tensor.getDimsCount() + " dims; at most " + MAX_DIMS
                            + " are possible");
        }
        long rows = tensor.getDimsCount() == 1 ? 1 : tensor.getDims(0);
        long bytes;
        long columns = 1;
        try {
            for (int i = tensor.getDimsCount() == 1 ? 0 : 1; i < tensor.getDimsCount(); i++) {
                columns = Math.multiplyExact(columns, requirePositive(what, tensor.getDims(i)));
            }
            bytes = Math.multiplyExact(Math.multiplyExact(requirePositive(what, rows), columns), (long) elementBytes);
        } catch (ArithmeticException e) {
            throw new InvalidRecordException(
                    Reason.INVALID_TENSOR, what + ": dims " + tensor.getDimsList() + " overflow 64 bits");
        }
        if (bytes != tensor.getRawData().size()) {
            throw new InvalidRecordException(
                    Reason.INVALID_TENSOR,
                    what + ": dims " + tensor.getDimsList() + " of " + type + " need " + bytes
                            + " bytes, but the payload has "
                            + tensor.getRawData().size());
        }
        // The payload is an array, so bytes, rows and columns fit into an int from here on.
        ByteBuffer data = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return new TensorView(type, (int) rows, (int) columns, data);
    }

    private static long requirePositive(String what, long dim) {
        if (dim <= 0) {
            throw new InvalidRecordException(
                    dim == 0 ? Reason.EMPTY : Reason.INVALID_TENSOR,
                    what + ": a dimension is " + dim + "; all must be positive");
        }
        return dim;
    }

    public DataType type() {
        return type;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** Rows times columns. */
    public int elements() {
        return rows * columns;
    }

    /** Whether the elements are float64; all other types fit into float32 without loss. */
    public boolean isDouble() {
        return type == DataType.DOUBLE;
    }

    /**
     * Copies elements as float32.
     *
     * @param from index of the first element, row-major
     * @throws IllegalStateException for a float64 tensor, which would lose digits
     */
    public void copyTo(int from, float[] target, int offset, int count) {
        int base = data.position();
        switch (type) {
            case FLOAT -> floats().get(from, target, offset, count);
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = HalfFloats.fromFloat16(data.getShort(base + 2 * (from + i)));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = HalfFloats.fromBfloat16(data.getShort(base + 2 * (from + i)));
                }
            }
            default -> throw new IllegalStateException("a " + type + " tensor cannot be read as float32 without loss");
        }
    }

    /**
     * Copies all elements as float32, row-major.
     *
     * @param target has room for them from its position on
     * @throws IllegalStateException for a float64 tensor, which would lose digits
     */
    public void copyTo(FloatBuffer target) {
        if (type == DataType.FLOAT) {
            target.put(floats());
            return;
        }
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            copyTo(i * columns, row, 0, columns);
            target.put(row);
        }
    }

    /** Copies elements as float64. */
    public void copyTo(int from, double[] target, int offset, int count) {
        if (type == DataType.DOUBLE) {
            data.slice().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(from, target, offset, count);
            return;
        }
        float[] block = new float[count];
        copyTo(from, block, 0, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = block[i];
        }
    }

    /** All elements as float64, row-major. */
    public double[] toDoubles() {
        double[] values = new double[elements()];
        copyTo(0, values, 0, values.length);
        return values;
    }

    private FloatBuffer floats() {
        return data.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
