package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a {@code .npy} file, versions 1 to 3: a magic, a version, the length of the text, and a Python literal
 * such as {@code {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }}.
 */
@SuppressWarnings("ArrayRecordComponent") // internal, compared nowhere
record NpyHeader(ElementType type, ByteOrder order, boolean fortran, long[] shape, long dataOffset) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST = 1 << 20;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)([a-zA-Z]\\d*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,L]*)\\)");

    static NpyHeader read(String name, FileChannel channel) throws IOException {
        ByteBuffer start = bytes(name, channel, 0, 12);
        byte[] magic = new byte[MAGIC.length];
        start.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new UserException(name + " is not a .npy file; save it with numpy.save");
        }
        int version = start.get();
        start.get(); // minor version: always 0
        if (version < 1 || version > 3) {
            throw new UserException(name + " is a .npy file of version " + version + "; save it as version 1, 2 or 3");
        }
        long length = version == 1 ? start.getShort() & 0xffff : start.getInt() & 0xffffffffL;
        int textOffset = version == 1 ? 10 : 12;
        if (length > LONGEST) {
            throw new UserException(name + " is damaged: its header claims " + length + " bytes; save it again");
        }
        byte[] raw = new byte[(int) length];
        bytes(name, channel, textOffset, raw.length).get(raw);
        String text = new String(raw, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        return parse(name, text, textOffset + length);
    }

    private static NpyHeader parse(String name, String text, long dataOffset) {
        Matcher descr = DESCR.matcher(text);
        Matcher fortran = FORTRAN.matcher(text);
        Matcher shape = SHAPE.matcher(text);
        if (!fortran.find() || !shape.find()) {
            throw new UserException(name + " is damaged: its header reads \"" + text.strip() + "\"; save it again");
        }
        if (!descr.find()) {
            throw new UserException(name + " holds records, objects or text, not plain numbers (header \""
                    + text.strip() + "\"); save a float32, float64 or integer array");
        }
        ByteOrder order = descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        return new NpyHeader(
                type(name, descr.group(2)),
                order,
                fortran.group(1).equals("True"),
                dims(name, shape.group(1)),
                dataOffset);
    }

    private static ElementType type(String name, String code) {
        for (ElementType type : ElementType.values()) {
            if (type.code().equals(code)) {
                return type;
            }
        }
        throw new UserException(name + " holds elements of type \"" + code
                + "\"; convert it to float32, float64, int8 to int64, uint8 or bool");
    }

    private static long[] dims(String name, String text) {
        try {
            return Arrays.stream(text.replace("L", "").split(",", -1))
                    .map(String::strip)
                    .filter(dim -> !dim.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new UserException(name + " is damaged: its shape reads (" + text + "); save it again", e);
        }
    }

    private static ByteBuffer bytes(String name, FileChannel channel, long from, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
            // read() may return less than asked for
        }
        if (buffer.hasRemaining()) {
            throw new UserException(name + " ends inside its .npy header; save or copy it again");
        }
        return buffer.flip();
    }
}
