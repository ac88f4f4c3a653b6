package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.standalone.analyze.NpyFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code analyze} as a process. */
class AnalyzeIT {
    private static final int CLASSES = 10;
    private static final int DIMENSION = 256;
    private static final int ROWS = 4000;

    @TempDir
    Path directory;

    @Test
    void arraysMayBeLargerThanTheHeap() throws Exception {
        // The same 4,000 rows once, and a hundred times: 400 MB with a heap of 96.
        JsonNode once = analyze(1);
        JsonNode often = analyze(100);
        for (String name : List.of("nc1", "tcv", "cdnv", "nc2_etf_means", "feature_norm")) {
            assertThat(often.path(name).asDouble())
                    .as(name)
                    .isCloseTo(
                            once.path(name).asDouble(),
                            within(1e-9 * once.path(name).asDouble()));
        }
        assertThat(once.path("tcv").asDouble()).isCloseTo(DIMENSION / 12.0, within(0.5));
    }

    private JsonNode analyze(int times) throws Exception {
        Path features = directory.resolve("F" + times + ".npy");
        Path labels = directory.resolve("Y" + times + ".npy");
        write(times, features, labels);
        try (CollapseProcess process = CollapseProcess.startJvm(
                directory,
                List.of("-Xmx96m"),
                "analyze",
                "--features",
                features.toString(),
                "--labels",
                labels.toString())) {
            assertThat(process.status()).as(process.err()).isZero();
            return new ObjectMapper().readTree(process.out());
        }
    }

    /** Class k lies around k + 1 in coordinate k; the noise is uniform in ±½ of every coordinate. */
    private static void write(int times, Path features, Path labels) throws IOException {
        Random random = new Random(1);
        ByteBuffer rows = ByteBuffer.allocate(Float.BYTES * ROWS * DIMENSION).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer classes = ByteBuffer.allocate(ROWS);
        for (int i = 0; i < ROWS; i++) {
            int label = i % CLASSES;
            classes.put((byte) label);
            for (int j = 0; j < DIMENSION; j++) {
                rows.putFloat((j == label ? label + 1 : 0) + random.nextFloat() - 0.5f);
            }
        }
        repeat(features, NpyFiles.header("<f4", false, (long) times * ROWS, DIMENSION), rows, times);
        repeat(labels, NpyFiles.header("|u1", false, (long) times * ROWS), classes, times);
    }

    private static void repeat(Path file, byte[] header, ByteBuffer content, int times) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(header));
            for (int i = 0; i < times; i++) {
                content.rewind();
                while (content.hasRemaining()) {
                    channel.write(content);
                }
            }
        }
    }
}
