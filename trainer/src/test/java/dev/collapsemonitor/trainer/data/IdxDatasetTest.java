package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
    private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";

    @TempDir
    Path directory;

    @BeforeEach
    void writeSoundFiles() throws IOException {
        Files.write(directory.resolve(TRAIN_IMAGES), images(3));
        Files.write(directory.resolve(TRAIN_LABELS), labels(3));
        Files.write(directory.resolve("t10k-images-idx3-ubyte"), images(2));
        Files.write(directory.resolve("t10k-labels-idx1-ubyte.gz"), Gzip.of(labels(2)));
    }

    @Test
    void shouldReadRawAndCompressedFiles() {
        Dataset dataset = IdxDataset.mnist(directory).load();
        assertThat(dataset.train().labels()).containsExactly(0, 1, 2);
        assertThat(dataset.test().labels()).containsExactly(0, 1);
        assertThat(dataset.train().dimension()).isEqualTo(4);
        assertThat(dataset.train().features()[11]).isEqualTo(11 / 255f);
    }

    @Test
    void shouldFindFilesInASubdirectoryNamedAfterTheSet() throws IOException {
        Path parent = Files.createDirectory(directory.resolve("parent"));
        Path folder = Files.createDirectory(parent.resolve("mnist"));
        for (String name :
                new String[] {TRAIN_IMAGES, TRAIN_LABELS, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"}) {
            Files.copy(directory.resolve(name), folder.resolve(name));
        }
        assertThat(IdxDataset.mnist(parent).load().train().size()).isEqualTo(3);
    }

    @Test
    void shouldNameAMissingFileWhereItLookedAndTheRemedy() throws IOException {
        Files.delete(directory.resolve(TRAIN_LABELS));
        assertFails("no file " + TRAIN_LABELS, directory.toString(), "--data-dir");
    }

    @Test
    void shouldTellALabelsFileInPlaceOfImages() throws IOException {
        Files.write(directory.resolve(TRAIN_IMAGES), labels(3));
        assertFails(TRAIN_IMAGES, "magic 2051", "magic 2049", "labels file");
    }

    @Test
    void shouldTellAnImagesFileInPlaceOfLabels() throws IOException {
        Files.write(directory.resolve(TRAIN_LABELS), images(3));
        assertFails(TRAIN_LABELS, "magic 2049", "images file");
    }

    @Test
    void shouldTellATruncatedFile() throws IOException {
        Files.write(directory.resolve(TRAIN_IMAGES), Arrays.copyOf(images(3), 20));
        assertFails(TRAIN_IMAGES, "truncated", "12 bytes", "only 4");
        Files.write(directory.resolve(TRAIN_IMAGES), Arrays.copyOf(images(3), 7));
        assertFails(TRAIN_IMAGES, "truncated");
    }

    @Test
    void shouldTellCorruptAndTruncatedGzip() throws IOException {
        Files.delete(directory.resolve(TRAIN_IMAGES));
        Path compressed = directory.resolve(TRAIN_IMAGES + ".gz");
        Files.write(compressed, images(3));
        assertFails(TRAIN_IMAGES + ".gz", "gzip");
        byte[] sound = Gzip.of(images(3));
        Files.write(compressed, Arrays.copyOf(sound, sound.length - 10));
        assertFails(TRAIN_IMAGES + ".gz", "truncated");
        sound[sound.length - 8] ^= 1; // the checksum
        Files.write(compressed, sound);
        assertFails(TRAIN_IMAGES + ".gz");
    }

    @Test
    void shouldTellCountsThatDiffer() throws IOException {
        Files.write(directory.resolve(TRAIN_LABELS), labels(2));
        assertFails("3 images", "2 labels", TRAIN_IMAGES, TRAIN_LABELS);
    }

    @Test
    void shouldTellAHeaderThatClaimsTheImpossible() throws IOException {
        byte[] damaged = images(3);
        damaged[4] = 0x7f;
        Files.write(directory.resolve(TRAIN_IMAGES), damaged);
        assertFails("damaged", "images");
    }

    @Test
    void shouldTellALabelOutsideTheClasses() throws IOException {
        byte[] labels = labels(3);
        labels[9] = 77;
        Files.write(directory.resolve(TRAIN_LABELS), labels);
        assertFails("label 1 is 77", "0 to 9");
    }

    @Test
    void shouldReadFashionMnistAsPublished() {
        Dataset dataset =
                IdxDataset.fashionMnist(SharedData.require("fashion-mnist")).load();
        assertThat(dataset.train().classCounts()).hasSize(10).containsOnly(6_000);
        assertThat(dataset.test().classCounts()).containsOnly(1_000);
        assertThat(pixelMean(dataset.train())).isCloseTo(72.9404, within(1e-3));
        assertThat(pixelMean(dataset.test())).isCloseTo(73.1466, within(1e-3));
        assertThat(Arrays.copyOf(dataset.train().labels(), 10)).containsExactly(9, 0, 0, 3, 0, 2, 7, 2, 5, 5);
        assertThat(inkOf(dataset.train(), 0)).isEqualTo(76_247);
        assertThat(inkOf(dataset.test(), 9_999)).isEqualTo(24_390);
    }

    @Test
    void shouldReadMnistAsPublished() {
        Dataset dataset = IdxDataset.mnist(SharedData.require("mnist")).load();
        assertThat(dataset.train().classCounts())
                .containsExactly(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949);
        assertThat(pixelMean(dataset.test())).isCloseTo(33.7912, within(1e-3));
        assertThat(pixelMean(dataset.train())).isCloseTo(33.3184, within(1e-3));
        assertThat(dataset.test().classCounts()).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
        assertThat(Arrays.copyOf(dataset.train().labels(), 10)).containsExactly(5, 0, 4, 1, 9, 2, 1, 3, 1, 4);
        assertThat(inkOf(dataset.train(), 0)).isEqualTo(27_525);
        assertThat(inkOf(dataset.test(), 9_999)).isEqualTo(41_833);
    }

    /** Sum of the pixels of an image, from 0 to 255 each. */
    private static long inkOf(Samples samples, int position) {
        double sum = 0;
        for (int j = 0; j < samples.dimension(); j++) {
            sum += samples.features()[position * samples.dimension() + j];
        }
        return Math.round(255 * sum);
    }

    private static double pixelMean(Samples samples) {
        double sum = 0;
        for (float value : samples.features()) {
            sum += value;
        }
        return 255 * sum / samples.features().length;
    }

    private void assertFails(String... parts) {
        assertThatThrownBy(() -> IdxDataset.mnist(directory).load())
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private static byte[] images(int count) {
        ByteBuffer buffer = ByteBuffer.allocate(16 + 4 * count);
        buffer.putInt(2051).putInt(count).putInt(2).putInt(2);
        for (int i = 0; i < 4 * count; i++) {
            buffer.put((byte) i);
        }
        return buffer.array();
    }

    private static byte[] labels(int count) {
        ByteBuffer buffer = ByteBuffer.allocate(8 + count);
        buffer.putInt(2049).putInt(count);
        for (int i = 0; i < count; i++) {
            buffer.put((byte) i);
        }
        return buffer.array();
    }
}
