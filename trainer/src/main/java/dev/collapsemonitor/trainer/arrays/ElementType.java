package dev.collapsemonitor.trainer.arrays;

import java.nio.ByteBuffer;

/** Element types of arrays, as NumPy spells them after the byte order. */
public enum ElementType {
    FLOAT32("f4", 4) {
        @Override
        double real(ByteBuffer buffer, int at) {
            return buffer.getFloat(at);
        }
    },
    FLOAT64("f8", 8) {
        @Override
        double real(ByteBuffer buffer, int at) {
            return buffer.getDouble(at);
        }
    },
    INT8("i1", 1) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.get(at);
        }
    },
    INT16("i2", 2) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.getShort(at);
        }
    },
    INT32("i4", 4) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.getInt(at);
        }
    },
    INT64("i8", 8) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.getLong(at);
        }
    },
    UINT8("u1", 1) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.get(at) & 0xff;
        }
    },
    BOOL("b1", 1) {
        @Override
        long integer(ByteBuffer buffer, int at) {
            return buffer.get(at) == 0 ? 0 : 1;
        }
    };

    private final String code;
    private final int bytes;

    ElementType(String code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** NumPy's code without the byte order, such as {@code f4}. */
    String code() {
        return code;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether the elements are float32 or float64. */
    public boolean isReal() {
        return this == FLOAT32 || this == FLOAT64;
    }

    double real(ByteBuffer buffer, int at) {
        return integer(buffer, at);
    }

    long integer(ByteBuffer buffer, int at) {
        throw new IllegalStateException(this + " elements are not integers");
    }
}
