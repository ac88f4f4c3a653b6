package dev.collapsemonitor.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes tensors. Reading is {@link TensorView}. */
public final class TensorCodec {
    private TensorCodec() {}

    /** Bytes of one element. */
    public static int elementBytes(DataType type) {
        return switch (type) {
            case FLOAT -> Float.BYTES;
            case DOUBLE -> Double.BYTES;
            case FLOAT16, BFLOAT16 -> Short.BYTES;
            case DATA_TYPE_UNDEFINED, UNRECOGNIZED ->
                throw new InvalidRecordException(
                        Reason.DATA_TYPE, "tensor of data type " + type + "; use FLOAT, DOUBLE, FLOAT16 or BFLOAT16");
        };
    }

    /** A float32 tensor of the first elements of {@code values}, as many as {@code dims} say, row-major. */
    public static Tensor floats(float[] values, long... dims) {
        return floats(values, 0, DataType.FLOAT, dims);
    }

    /**
     * Writes float32 values as float32, float16 or bfloat16 (round to nearest even).
     *
     * @param offset index of the first element in {@code values}
     */
    public static Tensor floats(float[] values, int offset, DataType type, long... dims) {
        int count = Math.toIntExact(elements(dims));
        return floats(values, offset, type, new byte[Math.multiplyExact(count, elementBytes(type))], dims);
    }

    /**
     * The same in memory of the caller's.
     *
     * @param bytes holds the elements; must not change while the tensor is used
     * @throws IllegalArgumentException when they are too few
     */
    public static Tensor floats(float[] values, int offset, DataType type, byte[] bytes, long... dims) {
        int count = Math.toIntExact(elements(dims));
        int length = Math.multiplyExact(count, elementBytes(type));
        if (bytes.length < length) {
            throw new IllegalArgumentException(bytes.length + " bytes do not hold " + count + " elements of " + type);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case FLOAT -> buffer.asFloatBuffer().put(values, offset, count);
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    buffer.putShort(2 * i, HalfFloats.toFloat16(values[offset + i]));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    buffer.putShort(2 * i, HalfFloats.toBfloat16(values[offset + i]));
                }
            }
            default -> throw new IllegalArgumentException("float32 values cannot be written as " + type);
        }
        return tensor(type, bytes, length, dims);
    }

    /** A float64 tensor of the first elements of {@code values}, as many as {@code dims} say, row-major. */
    public static Tensor doubles(double[] values, long... dims) {
        int count = Math.toIntExact(elements(dims));
        byte[] bytes = new byte[Math.multiplyExact(count, Double.BYTES)];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values, 0, count);
        return tensor(DataType.DOUBLE, bytes, bytes.length, dims);
    }

    /** Product of the dims, without overflow. */
    static long elements(long... dims) {
        long elements = 1;
        for (long dim : dims) {
            elements = Math.multiplyExact(elements, dim);
        }
        return elements;
    }

    private static Tensor tensor(DataType type, byte[] bytes, int length, long... dims) {
        // Nobody writes to the array while the tensor is used: no defensive copy is needed.
        ByteString data = UnsafeByteOperations.unsafeWrap(bytes, 0, length);
        Tensor.Builder builder = Tensor.newBuilder().setDataType(type).setRawData(data);
        for (long dim : dims) {
            builder.addDims(dim);
        }
        return builder.build();
    }
}
