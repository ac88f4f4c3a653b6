package dev.collapsemonitor.standalone.analyze;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes arrays as NumPy does. */
public final class NpyFiles {
    private NpyFiles() {}

    /** A .npy header for that many dims; what follows it is up to the caller. */
    public static byte[] header(String type, boolean fortran, long... dims) {
        String shape = Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ",)"));
        byte[] text = ("{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': "
                        + shape + ", }\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer header = ByteBuffer.allocate(10 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.ISO_8859_1));
        header.put((byte) 1).put((byte) 0).putShort((short) text.length).put(text);
        return header.array();
    }

    static byte[] floats(double[][] rows) {
        return floats(flatten(rows), rows.length, rows[0].length);
    }

    public static byte[] floats(double[] values, long... dims) {
        byte[] header = header("<f4", false, dims);
        ByteBuffer bytes =
                ByteBuffer.allocate(header.length + Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(header);
        for (double value : values) {
            bytes.putFloat((float) value);
        }
        return bytes.array();
    }

    static byte[] doubles(double[][] rows, boolean fortran) {
        double[][] stored = fortran ? transposed(rows) : rows;
        byte[] header = header("<f8", fortran, rows.length, rows[0].length);
        ByteBuffer bytes = ByteBuffer.allocate(header.length + Double.BYTES * rows.length * rows[0].length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(header);
        for (double value : flatten(stored)) {
            bytes.putDouble(value);
        }
        return bytes.array();
    }

    public static byte[] integers(int... values) {
        byte[] header = header("<i4", false, values.length);
        ByteBuffer bytes = ByteBuffer.allocate(header.length + Integer.BYTES * values.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(header);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    public static void npz(Path file, Map<String, byte[]> members) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                zip.putNextEntry(new ZipEntry(member.getKey() + ".npy"));
                zip.write(member.getValue());
                zip.closeEntry();
            }
        }
    }

    static double[] flatten(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[][] transposed(double[][] rows) {
        double[][] result = new double[rows[0].length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[0].length; j++) {
                result[j][i] = rows[i][j];
            }
        }
        return result;
    }
}
