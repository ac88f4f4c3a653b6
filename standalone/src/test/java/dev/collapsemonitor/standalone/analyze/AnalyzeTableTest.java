package dev.collapsemonitor.standalone.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.oracle.TestData;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyzeTableTest {
    @TempDir
    Path directory;

    @Test
    void groupsTheMetricsAndSaysWhatEachIs() throws IOException {
        AnalyzeFixture files = new AnalyzeFixture(directory);
        TestData etf = TestData.exactEtf(4, 8, 5, 1);
        String table = AnalyzeFixture.run(
                "--table",
                "--features",
                files.file("F.npy", NpyFiles.doubles(etf.features(), false)),
                "--labels",
                files.file("Y.npy", NpyFiles.integers(etf.labels())),
                "--weights",
                files.file(
                        "W.npy",
                        NpyFiles.doubles(
                                new double[][] {
                                    {3, 0, 0, 0, 0, 0, 0, 0},
                                    {0, 2, 0, 0, 0, 0, 0, 0},
                                    {0, 0, 1, 0, 0, 0, 0, 0},
                                    new double[8]
                                },
                                false)));
        assertThat(table.lines())
                .contains(
                        "features 20 x 8, classifier 4 x 8, 4 classes",
                        "NC0: row sum of the classifier",
                        "  nc0                                      3.5  Row sum of the classifier |W^T 1|^2/K; a"
                                + " necessary",
                        "                                                condition of collapse is that it vanishes",
                        "  nc0_relative                            0.25  Row sum of the classifier |W^T 1|^2/(K |W|_F^2)"
                                + " in",
                        "  class_mean_rank                            3  Rank of the centred class means; below"
                                + " min(d,K-1)",
                        "  spectral_norm                              3  Largest singular value of the weights",
                        "  stable_rank                          1.55556  Squared Frobenius norm over squared spectral"
                                + " norm",
                        "  mse_loss_nc1                               -  undefined: the loss is not MSE")
                .allMatch(line -> line.length() <= 100);
        assertThat(table.lines().filter(line -> !line.isEmpty() && !line.startsWith(" ")))
                .startsWith(
                        "features 20 x 8, classifier 4 x 8, 4 classes",
                        "NC0: row sum of the classifier",
                        "NC1: variability within classes",
                        "NC2: simplex ETF",
                        "NC3: self-duality",
                        "NC4: nearest class centre",
                        "Cosines, norms and angles",
                        "MSE decomposition and signal-to-noise",
                        "Low rank");
    }

    @Test
    void endsADirectoryWithItsDepth() throws IOException {
        AnalyzeFixture files = new AnalyzeFixture(directory);
        TestData etf = TestData.exactEtf(4, 8, 5, 1);
        files.file("labels.npy", NpyFiles.integers(etf.labels()));
        files.file("layer2.features.npy", NpyFiles.doubles(etf.features(), false));
        files.file("layer10.weights.npy", NpyFiles.floats(new double[][] {{3, 0}, {0, 4}, {0, 0}}));
        String table = AnalyzeFixture.run("--table", "--dir", directory.toString());
        assertThat(table.lines())
                .contains("layer2: features 20 x 8, 4 classes", "layer10: weights 3 x 2, 4 classes")
                .allMatch(line -> line.length() <= 100);
        assertThat(table).endsWith("""
                Depth
                  layer            nc1          tcv  stable_rank          nc4
                  layer2             0            0            -            -
                  layer10            -            -       1.5625            -
                """);
    }

    @Test
    void numbersHaveSixDigits() {
        assertThat(MetricTable.number(0.1234567)).isEqualTo("0.123457");
        assertThat(MetricTable.number(-1.5e-9)).isEqualTo("-1.5e-09");
        assertThat(MetricTable.number(123456789)).isEqualTo("123456789");
        assertThat(MetricTable.number(0.5)).isEqualTo("0.5");
        assertThat(MetricTable.number(123450.25)).isEqualTo("123450");
        assertThat(MetricTable.number(1.25e20)).isEqualTo("1.25e+20");
        assertThat(MetricTable.number(1e25)).isEqualTo("1e+25");
    }
}
