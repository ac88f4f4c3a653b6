package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Files of the CIFAR-10 binary version: records of one label byte, then the red, the green and the blue plane of
 * 32 x 32 bytes each, row by row.
 */
final class CifarFile {
    static final SampleShape SHAPE = new SampleShape(3, 32, 32);

    private static final int CLASSES = 10;
    private static final int PIXELS = SHAPE.length();
    private static final int RECORD = 1 + PIXELS;
    private static final int BUFFER = 1 << 16;
    // Fills the largest Java array.
    private static final int MOST_RECORDS = Integer.MAX_VALUE / PIXELS - 1;

    private CifarFile() {}

    /** The records of all files, one file after the other. */
    static Samples samples(List<Path> files) {
        // Counting first costs a second pass, but growing arrays would hold the 600 MB of the whole set twice.
        long[] counts = files.stream().mapToLong(CifarFile::count).toArray();
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        if (total > MOST_RECORDS) {
            throw new UserException(files.get(0).getParent() + " holds " + total + " records of CIFAR-10, but at most "
                    + MOST_RECORDS + " can be loaded; remove some files");
        }
        float[] features = new float[(int) total * PIXELS];
        int[] labels = new int[(int) total];
        int begin = 0;
        for (int i = 0; i < counts.length; i++) {
            fill(files.get(i), begin, (int) counts[i], features, labels);
            begin += (int) counts[i];
        }
        return new Samples(features, labels, PIXELS, CLASSES);
    }

    private static long count(Path file) {
        long bytes = DataFile.read(file, input -> DataFile.isCompressed(file) ? drain(input) : Files.size(file));
        if (bytes == 0 || bytes % RECORD != 0) {
            throw new UserException(
                    file + " is damaged or truncated: " + bytes + " bytes of data are not a whole number"
                            + " (1 or more) of records of " + RECORD + " bytes; copy it again");
        }
        return bytes / RECORD;
    }

    private static long drain(InputStream input) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long bytes = 0;
        for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
            bytes += read;
        }
        return bytes;
    }

    private static void fill(Path file, int begin, int count, float[] features, int[] labels) {
        DataFile.read(file, input -> {
            byte[] bytes = new byte[RECORD];
            for (int i = 0; i < count; i++) {
                input.readFully(bytes);
                int label = bytes[0] & 0xff;
                if (label >= CLASSES) {
                    throw new UserException(file + ": record " + i + " has label " + label
                            + ", but CIFAR-10 has the classes 0 to " + (CLASSES - 1) + "; is it the binary version?");
                }
                labels[begin + i] = label;
                int offset = (begin + i) * PIXELS;
                for (int j = 0; j < PIXELS; j++) {
                    features[offset + j] = (bytes[1 + j] & 0xff) / 255f;
                }
            }
            return count;
        });
    }
}
