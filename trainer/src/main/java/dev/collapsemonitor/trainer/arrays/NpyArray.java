package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A {@code .npy} array on disk, memory-mapped, of which ranges of rows are copied out; so it may be larger than memory.
 *
 * <p>Rows run along the first dimension, all others are flattened into columns in row-major (C) order, whichever order
 * the file has. An array of one dimension has rows of one column; a scalar is one row of one column.
 */
public final class NpyArray {
    // A mapping holds at most 2 GiB; segments end between elements.
    private static final long SEGMENT_ELEMENTS = 1L << 27;

    private final String name;
    private final NpyHeader header;
    private final long rows;
    private final int columns;
    private final MappedByteBuffer[] segments;

    private NpyArray(String name, NpyHeader header, long rows, int columns, MappedByteBuffer[] segments) {
        this.name = name;
        this.header = header;
        this.rows = rows;
        this.columns = columns;
        this.segments = segments;
    }

    /**
     * Opens a file.
     *
     * @throws UserException when it is missing, is no {@code .npy} file of a plain type, or is truncated
     */
    public static NpyArray open(Path file) {
        return open(file, file.toString());
    }

    static NpyArray open(Path file, String name) {
        try (FileChannel channel = FileChannel.open(file)) {
            return map(name, channel, NpyHeader.read(name, channel));
        } catch (NoSuchFileException e) {
            throw new UserException(
                    "no file " + name + " (looked in " + Path.of("").toAbsolutePath() + "); check the path", e);
        } catch (IOException e) {
            String why = Files.isDirectory(file) ? "it is a directory" : e.getMessage();
            throw new UserException("cannot read " + name + ": " + why, e);
        }
    }

    private static NpyArray map(String name, FileChannel channel, NpyHeader header) throws IOException {
        long[] shape = header.shape();
        long rows = shape.length == 0 ? 1 : shape[0];
        int bytes = header.type().bytes();
        int columns;
        long elements;
        long expected;
        try {
            long product = 1;
            for (int i = 1; i < shape.length; i++) {
                product = Math.multiplyExact(product, shape[i]);
            }
            columns = Math.toIntExact(product);
            elements = Math.multiplyExact(rows, product);
            expected = Math.addExact(header.dataOffset(), Math.multiplyExact(elements, (long) bytes));
        } catch (ArithmeticException e) {
            throw new UserException(name + ": shape " + Arrays.toString(shape) + " is larger than this build reads", e);
        }
        if (channel.size() < expected) {
            throw new UserException(name + " is truncated: shape " + Arrays.toString(shape) + " needs " + expected
                    + " bytes, the file has " + channel.size() + "; save or copy it again");
        }
        int count = (int) ((elements + SEGMENT_ELEMENTS - 1) / SEGMENT_ELEMENTS);
        MappedByteBuffer[] segments = new MappedByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long first = i * SEGMENT_ELEMENTS;
            long size = Math.min(SEGMENT_ELEMENTS, elements - first);
            segments[i] = channel.map(FileChannel.MapMode.READ_ONLY, header.dataOffset() + first * bytes, size * bytes);
            segments[i].order(header.order());
        }
        return new NpyArray(name, header, rows, columns, segments);
    }

    /** What errors call this array: its path, and its member in an archive. */
    public String name() {
        return name;
    }

    /** Type of the elements. */
    public ElementType type() {
        return header.type();
    }

    /** The dims as the file says; none for a scalar. */
    public long[] shape() {
        return header.shape().clone();
    }

    /** Length of the first dimension. */
    public long rows() {
        return rows;
    }

    /** Product of all dimensions but the first. */
    public int columns() {
        return columns;
    }

    /**
     * Copies rows as float64, row-major.
     *
     * @param target of at least {@code count * columns()} elements
     */
    public void copyRows(long from, int count, double[] target) {
        ElementType type = header.type();
        forEachRun(from, count, (segment, offset, length, at, stride) -> {
            if (type == ElementType.FLOAT64 && stride == 1) {
                view(segment, offset, length).asDoubleBuffer().get(target, at, length);
                return;
            }
            for (int i = 0; i < length; i++) {
                target[at + i * stride] = type.real(segment, offset + i * type.bytes());
            }
        });
    }

    /**
     * Copies rows as float32, row-major.
     *
     * @throws UserException for float64 elements, which would lose digits
     */
    public void copyRows(long from, int count, float[] target) {
        ElementType type = header.type();
        if (type == ElementType.FLOAT64) {
            throw new UserException(name + " is float64, which does not fit into float32 without loss");
        }
        forEachRun(from, count, (segment, offset, length, at, stride) -> {
            if (type == ElementType.FLOAT32 && stride == 1) {
                view(segment, offset, length).asFloatBuffer().get(target, at, length);
                return;
            }
            for (int i = 0; i < length; i++) {
                target[at + i * stride] = (float) type.real(segment, offset + i * type.bytes());
            }
        });
    }

    /**
     * Copies rows of integers, row-major.
     *
     * @throws UserException when the elements are real numbers
     */
    public void copyRows(long from, int count, long[] target) {
        ElementType type = header.type();
        if (type.isReal()) {
            throw new UserException(name + " holds " + type + ", but integers are needed; save labels as integers");
        }
        forEachRun(from, count, (segment, offset, length, at, stride) -> {
            for (int i = 0; i < length; i++) {
                target[at + i * stride] = type.integer(segment, offset + i * type.bytes());
            }
        });
    }

    /** Takes elements that lie one after another in the file. */
    private interface RunReader {
        /**
         * @param offset of the first element in the segment, in bytes
         * @param at where the first element goes
         * @param stride from there to where the next one goes
         */
        void read(ByteBuffer segment, int offset, int length, int at, int stride);
    }

    /**
     * Cuts rows into what lies together in the file: all of it in C order, where the last dimension runs fastest; in
     * Fortran order, where the first one does, a piece of each column.
     */
    private void forEachRun(long from, int count, RunReader reader) {
        requireRange(from, count);
        if (!header.fortran()) {
            run(from * columns, Math.multiplyExact(count, columns), 0, 1, reader);
            return;
        }
        for (int j = 0; j < columns; j++) {
            run(fortranColumn(j) * rows + from, count, j, columns, reader);
        }
    }

    private void run(long first, int length, int at, int stride, RunReader reader) {
        int done = 0;
        while (done < length) {
            int within = (int) ((first + done) % SEGMENT_ELEMENTS);
            int piece = (int) Math.min(length - done, SEGMENT_ELEMENTS - within);
            reader.read(
                    segments[(int) ((first + done) / SEGMENT_ELEMENTS)],
                    within * header.type().bytes(),
                    piece,
                    at + done * stride,
                    stride);
            done += piece;
        }
    }

    private ByteBuffer view(ByteBuffer segment, int offset, int length) {
        return segment.slice(offset, length * header.type().bytes()).order(header.order());
    }

    /** Where a column of the row-major flattening lies when its dims, too, are stored first-runs-fastest. */
    private long fortranColumn(int column) {
        long[] shape = header.shape();
        if (shape.length <= 2) {
            return column;
        }
        long position = 0;
        long rest = column;
        for (int i = shape.length - 1; i >= 1; i--) {
            position = position + (rest % shape[i]) * stride(i);
            rest /= shape[i];
        }
        return position;
    }

    private long stride(int dimension) {
        long stride = 1;
        for (int i = 1; i < dimension; i++) {
            stride *= header.shape()[i];
        }
        return stride;
    }

    private void requireRange(long from, int count) {
        if (from < 0 || count < 0 || from + count > rows) {
            throw new IndexOutOfBoundsException(
                    name + ": rows " + from + " to " + (from + count) + " of an array of " + rows);
        }
    }
}
