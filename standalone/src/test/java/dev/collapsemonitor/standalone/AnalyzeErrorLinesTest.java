package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.standalone.analyze.NpyFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each mistake that a user can make with arrays is one line that names the file and the remedy. */
class AnalyzeErrorLinesTest {
    @TempDir
    Path directory;

    @BeforeEach
    void writeSoundArrays() throws IOException {
        file("F.npy", floats(4, 3));
        file("Y.npy", NpyFiles.integers(0, 1, 0, 1));
        file("W.npy", floats(2, 3));
    }

    @Test
    void ofTheCommandLine() {
        assertLine("", "nothing to read", "--dir");
        assertLine("--features F.npy", "--features F.npy needs --labels");
        assertLine("--labels Y.npy --weights W.npy", "give --features too");
        assertLine("--bias B.npy --features F.npy --labels Y.npy", "--bias B.npy needs the --weights");
        assertLine("--dir . --features F.npy", "--dir", "not both");
        assertLine("--weights W.npy --classifier fc", "--classifier fc", "give --dir");
        assertLine("--weights W.npy --classes 1", "--classes 1; from 2 to 10000");
        assertLine("--weights W.npy --weight-decay -1", "--weight-decay -1.0", "0 or more");
        assertLine("--weights W.npy --loss hinge", "--loss hinge is unknown; use ce or mse");
        assertLine("--weights W.npy --coupling loose", "--coupling loose is unknown; use coupled or decoupled");
    }

    @Test
    void ofArraysThatDoNotFitTogether() throws IOException {
        file("Y3.npy", NpyFiles.integers(0, 1, 0));
        file("Y9.npy", NpyFiles.integers(0, 1, 9, 1));
        file("W4.npy", floats(2, 4));
        file("Wt.npy", floats(3, 2));
        file("B3.npy", floats(3));
        assertLine("--features F.npy --labels Y3.npy", "F.npy have 4 rows, but labels", "Y3.npy have 3");
        assertLine("--features F.npy --labels Y.npy --predictions Y3.npy", "4 rows, but predictions", "Y3.npy have 3");
        assertLine("--features F.npy --labels Y9.npy --classes 3", "Y9.npy holds 9 in row 2", "3 classes allow 0 to 2");
        assertLine("--features F.npy --labels Y.npy --weights W4.npy", "W4.npy have 4 columns", "F.npy have 3");
        assertLine("--features F.npy --labels Y.npy --weights Wt.npy", "Wt.npy", "transposed", "outputs x inputs");
        assertLine("--weights W.npy --bias B3.npy", "B3.npy", "W.npy have 2 outputs", "one value per output");
        assertLine("--features F.npy --labels F.npy", "F.npy", "one integer per row");
        assertLine("--features Y.npy --labels Y.npy", "Y.npy hold INT32", "float32 or float64");
    }

    @Test
    void ofFilesThatAreNotWhatTheyShould() throws IOException {
        file("text.npy", "hello, this is text".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertLine("--weights absent.npy", "no file", "absent.npy", "check the path");
        assertLine("--weights text.npy", "text.npy is not a .npy file");
        assertLine("--weights absent.npz:W", "no file absent.npz", "check the path");
    }

    @Test
    void ofValuesThatAreNotFinite() throws IOException {
        double[] features = new double[12];
        features[11] = Double.NaN;
        file("nan.npy", NpyFiles.floats(features, 4, 3));
        assertLine("--features nan.npy --labels Y.npy", "features", "nan.npy hold NaN in row 3, column 2");
        assertLine("--weights nan.npy", "weights", "nan.npy hold NaN in row 3, column 2");
        file("inf.npy", NpyFiles.floats(new double[] {1, Double.POSITIVE_INFINITY}, 2));
        assertLine("--weights W.npy --bias inf.npy", "bias", "inf.npy hold Infinity in row 1");
    }

    @Test
    void ofADirectory() throws IOException {
        Path layers = Files.createDirectory(directory.resolve("layers"));
        assertLine("--dir nowhere", "nowhere is not a readable directory");
        assertLine("--dir layers", "layers holds no layer; name the files NAME.features.npy");
        file("layers/odd.npy", floats(2, 3));
        assertLine("--dir layers", "layers holds no layer but odd.npy; name the files");
        Files.delete(layers.resolve("odd.npy"));

        file("layers/fc.features.npy", floats(4, 3));
        assertLine("--dir layers", "fc.features.npy has no labels; add fc.labels.npy, or labels.npy");
        file("layers/labels.npy", NpyFiles.integers(0, 1, 0));
        assertLine("--dir layers", "fc.features.npy have 4 rows, but labels", "labels.npy have 3");
        file("layers/labels.npy", NpyFiles.integers(0, 1, 0, 1));
        file("layers/fc.bias.npy", floats(2));
        assertLine("--dir layers", "fc.bias.npy has no weights; add fc.weights.npy");
        assertLine("--dir layers --classifier out", "fc.bias.npy has no weights");
        Files.delete(layers.resolve("fc.bias.npy"));
        assertLine("--dir layers --classifier out", "--classifier out: there is no such layer; there are fc");
        assertLine("--dir layers --classifier fc", "--classifier fc: that layer has no weights; add fc.weights.npy");
        file("layers/fc.weights.npy", floats(5, 3));
        assertLine("--dir layers --classifier fc", "fc.weights.npy have 5 outputs, but there are 2 classes");
        NpyFiles.npz(layers.resolve("fc.npz"), Map.of("weights", floats(5, 3)));
        assertLine("--dir layers", "layer fc has its weights twice", "fc.npz:weights", "remove one");
        Files.delete(layers.resolve("fc.npz"));
        file("layers/other.predictions.npy", NpyFiles.integers(0, 1, 0, 1));
        assertLine("--dir layers", "other.predictions.npy belongs to rows of features; add other.features.npy");
    }

    @Test
    void saysWhichFilesOfADirectoryItDoesNotUse() throws IOException {
        Files.createDirectory(directory.resolve("layers"));
        file("layers/fc.weights.npy", floats(5, 3));
        file("layers/fc2.weight.npy", floats(5, 3));
        Outcome outcome = run("--dir layers");
        assertThat(outcome.status).isZero();
        assertThat(outcome.err).isEqualTo("not used: fc2.weight.npy; see --help for what files are called\n");
    }

    private void assertLine(String arguments, String... parts) {
        Outcome outcome = run(arguments);
        assertThat(outcome.status).as(outcome.err).isNotZero();
        assertThat(outcome.err).startsWith("collapse: ").hasLineCount(1).contains(parts);
        assertThat(outcome.out).isEmpty();
    }

    /** File names stand for files in the directory of the test. */
    private Outcome run(String arguments) {
        List<String> all = new ArrayList<>(List.of("analyze"));
        String previous = "";
        for (String argument : arguments.isEmpty() ? new String[0] : arguments.split(" ")) {
            boolean isFile = argument.contains(".np") || previous.equals("--dir");
            all.add(isFile ? directory.resolve(argument).toString() : argument);
            previous = argument;
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                Collapse.run(all.toArray(String[]::new), Map.of(), new PrintWriter(out), new PrintWriter(err, true));
        return new Outcome(
                status,
                out.toString(),
                err.toString().replace(directory + "/", "").replace("\r\n", "\n"));
    }

    private record Outcome(int status, String out, String err) {}

    private void file(String name, byte[] content) throws IOException {
        Files.write(directory.resolve(name), content);
    }

    private static byte[] floats(long... dims) {
        int count = 1;
        for (long dim : dims) {
            count *= (int) dim;
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Math.sin(i + 1);
        }
        return NpyFiles.floats(values, dims);
    }
}
