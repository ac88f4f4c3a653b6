package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are missing, wrong or do not fit: one line that names them, and a status, before any broker is asked. */
class BadInputTest {
    private static final int IMAGES = 2051;
    private static final int LABELS = 2049;
    private static final String NO_BROKER = "127.0.0.1:1";

    @TempDir
    Path directory;

    @BeforeEach
    void writeArrays() throws IOException {
        MadeUpLayer layer = new MadeUpLayer(1);
        write("h.npy", layer.featureFile());
        write("y.npy", layer.labelFile());
        write("p.npy", layer.predictionFile());
        write("w.npy", layer.weightFile());
        write("b.npy", layer.biasFile());
        write("short.npy", MadeUpLayer.npy("<i4", "(7,)", MadeUpLayer.ints(0, 1, 2, 3, 0, 1, 2)));
        write("negative.npy", MadeUpLayer.npy("<i4", "(2,)", MadeUpLayer.ints(0, -1)));
        write("two.npy", MadeUpLayer.npy("<f4", "(2, 1)", MadeUpLayer.floats(1, 2)));
        write("cut.npy", MadeUpLayer.npy("<f4", "(120, 8)", new byte[100]));
        write("text.npy", "not an array at all, and long enough for a header".getBytes(StandardCharsets.UTF_8));
        write("zero.npy", MadeUpLayer.npy("<i4", "(120,)", new byte[480]));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--features DIR/none.npy --labels DIR/y.npy    | none.npy",
                "--features DIR/h.npy --labels DIR/none.npy    | none.npy",
                "--features DIR/text.npy --labels DIR/y.npy    | text.npy",
                "--features DIR/cut.npy --labels DIR/y.npy     | cut.npy",
                "--features DIR/y.npy --labels DIR/y.npy       | float32 or float64",
                "--features DIR/h.npy --labels DIR/h.npy       | one integer per row is needed",
                "--features DIR/h.npy --labels DIR/short.npy   | 120 rows, but labels",
                "--features DIR/two.npy --labels DIR/negative.npy | -1 in row 1",
                "--features DIR/h.npy --labels DIR/y.npy --classes 3 | 3 classes allow 0 to 2",
                "--features DIR/h.npy --labels DIR/y.npy --classes 1 | from 2 to",
                "--features DIR/h.npy --labels DIR/y.npy --classes 99999 | from 2 to",
                "--features DIR/h.npy --labels DIR/zero.npy    | from 2 to",
                "--features DIR/h.npy                          | needs --labels",
                "--features DIR/h.npy --labels DIR/y.npy --weights DIR/two.npy | 1 columns",
                "--weights DIR/w.npy --bias DIR/y.npy          | bias",
                "--bias DIR/b.npy                              | give --features",
                "''                                            | give --features",
            })
    void publishRefusesArraysThatDoNotFit(String arrays, String named) {
        assertOneLine("publish --bootstrap " + NO_BROKER + " --run r --layer l --step 1 " + arrays, 1, named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "publish --run a/b --layer l --step 1 --weights DIR/w.npy | 1 | a/b",
                "publish --run r --layer l --step -1 --weights DIR/w.npy | 1 | --step -1",
                "publish --run r --layer l --step x --weights DIR/w.npy | 2 | --step",
                "publish --run r --layer l --weights DIR/w.npy | 2 | --step",
                "publish --run r --layer l --step 1 --batch 0 --weights DIR/w.npy | 1 | --batch 0",
                "publish --run r --layer l --step 1 --split dev --weights DIR/w.npy | 1 | --split dev",
                "publish --run r --layer l --step 1 --loss hinge --weights DIR/w.npy | 1 | hinge",
                "train --run r --dataset cifar | 1 | cifar",
                "train --run r --dataset mnist | 1 | --data-dir",
                "train --run r --dataset mnist --data-dir DIR/none | 1 | none",
                "train --run r --dataset mnist --data-dir DIR | 1 | train-images-idx3-ubyte",
                "train --run r --epochs 0 | 1 | epochs",
            })
    void commandsRefuseOptionsThatMakeNoSense(String command, int status, String named) {
        String[] words = command.split(" ", 2);
        assertOneLine(words[0] + " --bootstrap " + NO_BROKER + " " + words[1], status, named);
    }

    @Test
    void trainRefusesALabelsFileInPlaceOfImages() throws IOException {
        idx("train-images-idx3-ubyte.gz", LABELS, 4);
        idx("train-labels-idx1-ubyte.gz", LABELS, 4);
        assertOneLine(trainOnMnist(), 1, "train-images-idx3-ubyte.gz", "2049", "2051");
    }

    @Test
    void trainRefusesImagesInPlaceOfALabelsFile() throws IOException {
        idx("train-images-idx3-ubyte", IMAGES, 1, 2, 2);
        idx("train-labels-idx1-ubyte", IMAGES, 1, 2, 2);
        assertOneLine(trainOnMnist(), 1, "train-labels-idx1-ubyte", "2051");
    }

    @Test
    void trainRefusesATruncatedFile() throws IOException {
        idx("train-images-idx3-ubyte", IMAGES, 1000, 28, 28);
        idx("train-labels-idx1-ubyte", LABELS, 4);
        assertOneLine(trainOnMnist(), 1, "train-images-idx3-ubyte", "truncated");
    }

    private String trainOnMnist() {
        return "train --bootstrap " + NO_BROKER + " --run r --dataset mnist --data-dir " + directory;
    }

    private void assertOneLine(String command, int status, String... named) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = Stream.of(command.replace("DIR", directory.toString()).split(" +"))
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
        assertThat(Collapse.run(words, Map.of(), new PrintWriter(out), new PrintWriter(err)))
                .as(err.toString())
                .isEqualTo(status);
        assertThat(err.toString())
                .startsWith("collapse: ")
                .hasLineCount(1)
                .contains(named)
                .doesNotContain("Exception", "unexpected");
        assertThat(out.toString()).isEmpty();
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(directory.resolve(name), content);
    }

    /** An IDX file of the header alone, and four bytes of data. */
    private void idx(String name, int... header) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(name.endsWith(".gz") ? new GZIPOutputStream(bytes) : bytes)) {
            for (int value : header) {
                out.writeInt(value);
            }
            out.write(new byte[4]);
        }
        write(name, bytes.toByteArray());
    }
}
