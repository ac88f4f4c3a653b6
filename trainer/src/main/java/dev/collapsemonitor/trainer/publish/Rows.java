package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.Tensor;

/** A matrix of which ranges of rows become tensors; so a large file is never in memory as a whole. */
public interface Rows {
    /** Number of rows. */
    long count();

    /** Length of a row. */
    int columns();

    /** Bytes of one element on the wire. */
    int elementBytes();

    /** Rows {@code from} to {@code from + count - 1} as a {@code count} x {@code columns} tensor. */
    Tensor tensor(long from, int count);

    /**
     * The same, in memory that may be used again.
     *
     * @param scratch holds the tensor's elements until it is used for another one
     */
    default Tensor tensor(long from, int count, Scratch scratch) {
        return tensor(from, count);
    }

    /** A float32 matrix, row-major. */
    static Rows of(float[] values, int columns) {
        return of(values, columns, DataType.FLOAT);
    }

    /**
     * A matrix, row-major, that is rounded to another type when it is sent.
     *
     * @param type FLOAT, FLOAT16 or BFLOAT16; rows with a finite value beyond the range of FLOAT16 are sent as BFLOAT16,
     *     since an infinity would read as divergence
     */
    static Rows of(float[] values, int columns, DataType type) {
        return new FloatMatrix(values, columns, type);
    }

    /** Rows in memory. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
    record FloatMatrix(float[] values, int columns, DataType type) implements Rows {
        // Half a unit in the last place above float16's largest value, 65504: from here on it rounds to infinity.
        private static final float FLOAT16_OVERFLOW = 65_520;

        public FloatMatrix {
            if (columns <= 0 || values.length % columns != 0) {
                throw new IllegalArgumentException(values.length + " values do not make rows of " + columns);
            }
        }

        @Override
        public long count() {
            return values.length / columns;
        }

        @Override
        public int elementBytes() {
            return TensorCodec.elementBytes(type);
        }

        @Override
        public Tensor tensor(long from, int count) {
            return tensor(from, count, new Scratch());
        }

        @Override
        public Tensor tensor(long from, int count, Scratch scratch) {
            int offset = Math.toIntExact(from * columns);
            DataType chosen = type == DataType.FLOAT16 && overflows(offset, count * columns) ? DataType.BFLOAT16 : type;
            byte[] bytes = scratch.bytes(count * columns * TensorCodec.elementBytes(chosen));
            return TensorCodec.floats(values, offset, chosen, bytes, count, columns);
        }

        private boolean overflows(int offset, int count) {
            for (int i = offset; i < offset + count; i++) {
                float magnitude = Math.abs(values[i]);
                if (magnitude >= FLOAT16_OVERFLOW && magnitude < Float.POSITIVE_INFINITY) {
                    return true;
                }
            }
            return false;
        }
    }
}
