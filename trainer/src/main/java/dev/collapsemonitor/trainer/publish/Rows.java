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

    /** A float32 matrix, row-major. */
    static Rows of(float[] values, int columns) {
        if (columns <= 0 || values.length % columns != 0) {
            throw new IllegalArgumentException(values.length + " values do not make rows of " + columns);
        }
        return new Rows() {
            @Override
            public long count() {
                return values.length / columns;
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public int elementBytes() {
                return Float.BYTES;
            }

            @Override
            public Tensor tensor(long from, int count) {
                return TensorCodec.floats(values, Math.toIntExact(from * columns), DataType.FLOAT, count, columns);
            }
        };
    }
}
