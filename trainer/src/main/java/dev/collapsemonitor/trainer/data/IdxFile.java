package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;

/** An IDX file, gzip-compressed or raw: big-endian magic and counts, then one byte a value. */
final class IdxFile {
    private static final int IMAGES_MAGIC = 2051;
    private static final int LABELS_MAGIC = 2049;
    // Larger than any image or data set of this format, small enough that a damaged header is no OutOfMemoryError.
    private static final int MOST_IMAGES = 1_000_000;
    private static final int MOST_PIXELS = 4_096;

    private IdxFile() {}

    /** Pixels of all images, image by image, row by row. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
    record Images(int count, int rows, int columns, byte[] pixels) {}

    static Images images(Path file) {
        return DataFile.read(file, input -> {
            requireMagic(file, input.readInt(), IMAGES_MAGIC);
            int count = bounded(file, "images", input.readInt(), MOST_IMAGES);
            int rows = bounded(file, "rows", input.readInt(), MOST_PIXELS);
            int columns = bounded(file, "columns", input.readInt(), MOST_PIXELS);
            int bytes;
            try {
                bytes = Math.multiplyExact(Math.multiplyExact(count, rows), columns);
            } catch (ArithmeticException e) {
                throw damaged(file, count + " images of " + rows + " x " + columns + " pixels");
            }
            return new Images(count, rows, columns, payload(file, input, bytes));
        });
    }

    static byte[] labels(Path file) {
        return DataFile.read(file, input -> {
            requireMagic(file, input.readInt(), LABELS_MAGIC);
            return payload(file, input, bounded(file, "labels", input.readInt(), MOST_IMAGES));
        });
    }

    private static void requireMagic(Path file, int found, int expected) {
        if (found == expected) {
            return;
        }
        String what = expected == IMAGES_MAGIC ? "images" : "labels";
        String instead = "";
        if (found == LABELS_MAGIC) {
            instead = ": it is a labels file";
        } else if (found == IMAGES_MAGIC) {
            instead = ": it is an images file";
        }
        throw new UserException(file + " should hold " + what + " (magic " + expected + "), but has magic " + found
                + instead + "; put the IDX file of the " + what + " there");
    }

    private static int bounded(Path file, String what, int value, int most) {
        if (value < 1 || value > most) {
            throw damaged(file, value + " " + what);
        }
        return value;
    }

    private static UserException damaged(Path file, String claim) {
        return new UserException(file + " is damaged: its header claims " + claim + "; copy it again");
    }

    private static byte[] payload(Path file, DataInputStream input, int bytes) throws IOException {
        byte[] payload = input.readNBytes(bytes);
        if (payload.length < bytes) {
            throw new UserException(file + " is truncated: its header announces " + bytes + " bytes of data, but only "
                    + payload.length + " are there; copy it again");
        }
        // Reading on to the end also makes gzip compare its checksum.
        if (input.read() >= 0) {
            throw new UserException(
                    file + " is longer than the " + bytes + " bytes of data that its header announces; copy it again");
        }
        return payload;
    }
}
