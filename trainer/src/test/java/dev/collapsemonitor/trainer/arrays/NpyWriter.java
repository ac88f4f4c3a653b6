package dev.collapsemonitor.trainer.arrays;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes small .npy files for tests. */
public final class NpyWriter {
    private final String type;
    private final String shape;
    private int version = 1;
    private boolean fortran;

    /** As NumPy spells them: {@code <f4} and {@code (2, 3)}. */
    public NpyWriter(String type, String shape) {
        this.type = type;
        this.shape = shape;
    }

    NpyWriter version(int number) {
        version = number;
        return this;
    }

    NpyWriter fortran() {
        fortran = true;
        return this;
    }

    public byte[] reals(double... values) {
        ByteBuffer buffer = buffer(values.length);
        for (double value : values) {
            if (type.endsWith("8")) {
                buffer.putDouble(value);
            } else {
                buffer.putFloat((float) value);
            }
        }
        return bytes(buffer);
    }

    public byte[] integers(long... values) {
        ByteBuffer buffer = buffer(values.length);
        for (long value : values) {
            switch (type.charAt(2)) {
                case '1' -> buffer.put((byte) value);
                case '2' -> buffer.putShort((short) value);
                case '4' -> buffer.putInt((int) value);
                default -> buffer.putLong(value);
            }
        }
        return bytes(buffer);
    }

    private ByteBuffer buffer(int values) {
        String header = "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': "
                + shape + ", }\n";
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer buffer = ByteBuffer.allocate(12 + text.length + 8 * values).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.ISO_8859_1));
        buffer.put((byte) version).put((byte) 0);
        if (version == 1) {
            buffer.putShort((short) text.length);
        } else {
            buffer.putInt(text.length);
        }
        buffer.put(text);
        return buffer.order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }
}
