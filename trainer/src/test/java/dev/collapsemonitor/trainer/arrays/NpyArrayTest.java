package dev.collapsemonitor.trainer.arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyArrayTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldReadEveryVersionOfTheFormat(int version) throws IOException {
        NpyArray array = open(new NpyWriter("<f4", "(2, 3)").version(version).reals(1, 2, 3, 4, 5, 6));
        assertThat(array.type()).isEqualTo(ElementType.FLOAT32);
        assertThat(array.shape()).containsExactly(2, 3);
        assertThat(floats(array, 1, 1)).containsExactly(4, 5, 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"|i1", "<i2", "<i4", "<i8", ">i4", "|u1"})
    void shouldReadIntegersOfEveryWidth(String type) throws IOException {
        NpyArray array = open(new NpyWriter(type, "(4,)").integers(0, 1, 100, 127));
        long[] values = new long[4];
        array.copyRows(0, 4, values);
        assertThat(values).containsExactly(0, 1, 100, 127);
        assertThat(array.columns()).isEqualTo(1);
    }

    @Test
    void shouldReadUnsignedBytesAndBooleans() throws IOException {
        long[] bytes = new long[1];
        open(new NpyWriter("|u1", "(1,)").integers(200)).copyRows(0, 1, bytes);
        assertThat(bytes).containsExactly(200);
        long[] booleans = new long[2];
        open(new NpyWriter("|b1", "(2,)").integers(1, 0)).copyRows(0, 2, booleans);
        assertThat(booleans).containsExactly(1, 0);
    }

    @Test
    void shouldReadBigEndianDoubles() throws IOException {
        NpyArray array = open(new NpyWriter(">f8", "(2, 1)").reals(1e300, -0.5));
        double[] values = new double[2];
        array.copyRows(0, 2, values);
        assertThat(values).containsExactly(1e300, -0.5);
    }

    @Test
    void shouldTurnFortranOrderIntoRows() throws IOException {
        NpyArray array = open(new NpyWriter("<f4", "(2, 3)").fortran().reals(1, 4, 2, 5, 3, 6));
        assertThat(floats(array, 0, 2)).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shouldTurnFortranOrderOfThreeDimensionsIntoRows() throws IOException {
        // element (i, j, k) = 100 i + 10 j + k, first index fastest in the file
        double[] values = new double[12];
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < 2; k++) {
                    values[i + 2 * j + 6 * k] = 100 * i + 10 * j + k;
                }
            }
        }
        NpyArray array = open(new NpyWriter("<f8", "(2, 3, 2)").fortran().reals(values));
        double[] row = new double[6];
        array.copyRows(1, 1, row);
        assertThat(row).containsExactly(100, 101, 110, 111, 120, 121);
    }

    @Test
    void shouldRefuseToRoundDoublesOrToReadRealsAsLabels() throws IOException {
        NpyArray array = open(new NpyWriter("<f8", "(1, 1)").reals(1));
        assertThatThrownBy(() -> array.copyRows(0, 1, new float[1])).isInstanceOf(UserException.class);
        assertThatThrownBy(() -> array.copyRows(0, 1, new long[1]))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("integers");
    }

    @Test
    void shouldSayInOneLineWhatIsWrongWithAFile() throws IOException {
        byte[] sound = new NpyWriter("<f4", "(2, 3)").reals(1, 2, 3, 4, 5, 6);
        assertFails(Arrays.copyOf(sound, sound.length - 1), "truncated");
        assertFails(Arrays.copyOf(sound, 30), "header");
        assertFails("hello, this is text".getBytes(StandardCharsets.US_ASCII), "not a .npy file");
        assertFails(new NpyWriter("<c8", "(1,)").reals(1), "c8");
        assertFails(new NpyWriter("|O", "(1,)").reals(1), "O");
        assertFails(new NpyWriter("<f4", "(99999999999, 99999999999)").reals(1), "larger");
        assertThatThrownBy(() -> NpyArray.open(directory.resolve("absent.npy")))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("no file", "absent.npy");
        assertThatThrownBy(() -> NpyArray.open(directory)).isInstanceOf(UserException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReadMembersOfAnArchive(boolean deflated) throws IOException {
        Path file = directory.resolve("arrays.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setLevel(deflated ? 9 : 0);
            zip.putNextEntry(new ZipEntry("W.npy"));
            zip.write(new NpyWriter("<f4", "(1, 2)").reals(7, 8));
            zip.closeEntry();
        }
        assertThat(NpzFile.open(file).names()).containsExactly("W");
        assertThat(floats(ArrayFiles.open(file + ":W"), 0, 1)).containsExactly(7, 8);
        assertThatThrownBy(() -> ArrayFiles.open(file + ":V"))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("\"V\"", "it has W");
    }

    private void assertFails(byte[] content, String part) throws IOException {
        Path file = directory.resolve("bad.npy");
        Files.write(file, content);
        assertThatThrownBy(() -> NpyArray.open(file))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("bad.npy", part)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private NpyArray open(byte[] content) throws IOException {
        return NpyArray.open(Files.write(Files.createTempFile(directory, "array", ".npy"), content));
    }

    private static float[] floats(NpyArray array, int from, int count) {
        float[] values = new float[count * array.columns()];
        array.copyRows(from, count, values);
        return values;
    }
}
