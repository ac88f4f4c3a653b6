package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarDatasetTest {
    private static final String FIRST = "data_batch_1.bin";
    private static final String TEST = "test_batch.bin";

    @TempDir
    Path directory;

    @BeforeEach
    void writeSoundFiles() throws IOException {
        Files.write(directory.resolve(FIRST), records(3, 1));
        Files.write(directory.resolve("data_batch_2.bin.gz"), Gzip.of(records(4)));
        Files.write(directory.resolve(TEST), records(9));
    }

    @Test
    void shouldReadRawAndCompressedBatchesInTheirOrder() {
        Dataset dataset = new CifarDataset(directory).load();
        assertThat(dataset.train().labels()).containsExactly(3, 1, 4);
        assertThat(dataset.test().labels()).containsExactly(9);
        assertThat(dataset.shape()).isEqualTo(new SampleShape(3, 32, 32));
        assertThat(dataset.classNames()).hasSize(10).contains("airplane", "truck");
    }

    @Test
    void shouldKeepThePlanesOfColourApart() {
        float[] features = new CifarDataset(directory).load().train().features();
        assertThat(features[0]).isEqualTo(1 / 255f);
        assertThat(features[1024]).isEqualTo(2 / 255f);
        assertThat(features[2048]).isEqualTo(3 / 255f);
        assertThat(features[3 * 3072 - 1]).isEqualTo(3 / 255f);
    }

    @Test
    void shouldReadATenthBatchAfterTheSecond() throws IOException {
        Files.write(directory.resolve("data_batch_10.bin"), records(7));
        assertThat(new CifarDataset(directory).load().train().labels()).containsExactly(3, 1, 4, 7);
    }

    @Test
    void shouldReadAFileOnceThatIsThereRawAndCompressed() throws IOException {
        Files.write(directory.resolve(FIRST + ".gz"), Gzip.of(records(3, 1)));
        assertThat(new CifarDataset(directory).load().train().labels()).containsExactly(3, 1, 4);
    }

    @Test
    void shouldRefuseTwoFilesOfTheSameBatch() throws IOException {
        Files.write(directory.resolve("data_batch_1.first1.bin"), records(3));
        assertFails("data_batch_1.first1.bin", FIRST, "same batch");
    }

    @Test
    void shouldFindFilesInTheFolderOfThePublishedArchive() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("parent/cifar-10-batches-bin"));
        Files.move(directory.resolve(FIRST), folder.resolve(FIRST));
        Files.move(directory.resolve(TEST), folder.resolve(TEST));
        assertThat(new CifarDataset(directory.resolve("parent")).load().train().labels())
                .containsExactly(3, 1);
    }

    @Test
    void shouldTakeTheNamesOfTheClassesFromTheirFile() throws IOException {
        Files.writeString(directory.resolve("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
        assertThat(new CifarDataset(directory).load().classNames())
                .startsWith("a", "b")
                .endsWith("j");
        Files.writeString(directory.resolve("batches.meta.txt"), "a\nb\n");
        assertFails("batches.meta.txt", "2 class names", "10");
    }

    @Test
    void shouldTellAFileThatEndsWithinARecord() throws IOException {
        Files.write(directory.resolve(FIRST), Arrays.copyOf(records(3, 1), 4000));
        assertFails(FIRST, "truncated", "4000 bytes", "3073");
        Files.write(directory.resolve(FIRST), new byte[0]);
        assertFails(FIRST, "0 bytes");
    }

    @Test
    void shouldTellALabelOutsideTheClasses() throws IOException {
        Files.write(directory.resolve(FIRST), records(3, 10));
        assertFails(FIRST, "record 1 has label 10", "0 to 9");
    }

    @Test
    void shouldTellCorruptAndTruncatedGzip() throws IOException {
        Path compressed = directory.resolve("data_batch_2.bin.gz");
        byte[] sound = Gzip.of(records(4));
        Files.write(compressed, Arrays.copyOf(sound, sound.length - 10));
        assertFails(compressed.getFileName().toString(), "truncated");
        Files.write(compressed, records(4));
        assertFails(compressed.getFileName().toString(), "gzip");
        sound[sound.length - 8] ^= 1; // the checksum
        Files.write(compressed, sound);
        assertFails(compressed.getFileName().toString(), "gzip");
    }

    @Test
    void shouldNameAMissingFileAndTheRemedy() throws IOException {
        Files.delete(directory.resolve(TEST));
        assertFails(TEST, "--data-dir");
        Files.delete(directory.resolve(FIRST));
        Files.delete(directory.resolve("data_batch_2.bin.gz"));
        assertFails(FIRST, directory.toString(), "--data-dir");
    }

    @Test
    void shouldReadThePublishedImages() {
        Dataset dataset = new CifarDataset(SharedData.require("cifar10-subset")).load();
        assertThat(dataset.train().classCounts()).containsExactly(396, 366, 420, 384, 422, 393, 414, 385, 407, 413);
        assertThat(dataset.test().classCounts()).containsExactly(103, 89, 100, 103, 90, 86, 112, 102, 106, 109);
        assertThat(Arrays.copyOf(dataset.train().labels(), 10)).containsExactly(6, 9, 9, 4, 1, 1, 2, 7, 8, 3);
        assertThat(dataset.classNames().get(6)).isEqualTo("frog");
        float[] first = dataset.train().features();
        assertThat(new float[] {first[0], first[1], first[1024], first[2048]})
                .containsExactly(59 / 255f, 43 / 255f, 62 / 255f, 63 / 255f);
        assertThat(channelMeans(dataset.train()))
                .containsExactly(new double[] {125.357154, 122.848616, 113.387459}, within(1e-3));
        assertThat(channelMeans(dataset.test()))
                .containsExactly(new double[] {126.669900, 124.099376, 115.012297}, within(1e-3));
    }

    private static double[] channelMeans(Samples samples) {
        double[] means = new double[3];
        for (int i = 0; i < samples.features().length; i++) {
            means[i / 1024 % 3] += 255.0 * samples.features()[i] / (samples.size() * 1024);
        }
        return means;
    }

    private void assertFails(String... parts) {
        assertThatThrownBy(() -> new CifarDataset(directory).load())
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    /** Images that are 1 in red, 2 in green and 3 in blue. */
    static byte[] records(int... labels) {
        byte[] bytes = new byte[labels.length * 3073];
        for (int i = 0; i < labels.length; i++) {
            bytes[i * 3073] = (byte) labels[i];
            for (int j = 0; j < 3072; j++) {
                bytes[i * 3073 + 1 + j] = (byte) (1 + j / 1024);
            }
        }
        return bytes;
    }
}
