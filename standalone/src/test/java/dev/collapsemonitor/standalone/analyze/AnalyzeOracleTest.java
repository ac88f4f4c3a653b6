package dev.collapsemonitor.standalone.analyze;

import static dev.collapsemonitor.standalone.analyze.AnalyzeFixture.assertAgrees;
import static dev.collapsemonitor.standalone.analyze.AnalyzeFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code analyze} prints against the slow, independent computation on the same arrays. */
class AnalyzeOracleTest {
    private static final TestData DATA = TestData.clusters(1, new int[] {300, 200, 100, 60, 40}, 24, 0.6, 2, 1);
    private static final double LAMBDA = 5e-4;

    @TempDir
    Path directory;

    private AnalyzeFixture files;
    private String features;
    private String labels;

    @BeforeEach
    void writeFeatures() throws IOException {
        files = new AnalyzeFixture(directory);
        features = files.file("F.npy", NpyFiles.floats(DATA.features()));
        labels = files.file("Y.npy", NpyFiles.integers(DATA.labels()));
    }

    @Test
    void featuresAndWeightsOfTheClassifier() throws IOException {
        Sample sample = DATA.sample()
                .withWeights(rounded(DATA.alignedWeights(2, 0.3)), rounded(DATA.randomBias(3)), Layer.CLASSIFIER)
                .withPredictions(DATA.predictions(4, 0.1))
                .withDecay(LAMBDA, Coupling.COUPLED, false)
                .withLoss(Loss.MSE);
        JsonNode actual = json(
                "--features",
                features,
                "--labels",
                labels,
                "--predictions",
                files.file("P.npy", NpyFiles.integers(sample.predictions())),
                "--weights",
                files.file("W.npy", NpyFiles.floats(sample.weights())),
                "--bias",
                files.file("B.npy", NpyFiles.floats(sample.bias(), 5)),
                "--weight-decay=5e-4",
                "--loss=mse");
        assertAgrees(actual, SlowMetrics.compute(sample));
        for (Metric metric : Metric.values()) {
            assertThat(actual.has(metric.exportedName()))
                    .as(metric.exportedName())
                    .isEqualTo(metric.scope() != Metric.Scope.RUN);
        }
    }

    @Test
    void featuresAlone() {
        JsonNode actual = json("--features", features, "--labels", labels);
        assertAgrees(actual, SlowMetrics.compute(DATA.sample()));
        assertThat(actual.has("stable_rank")).isFalse();
        assertThat(actual.has("nc3")).isFalse();
        assertThat(actual.path("undefined").path("nc4").asText()).contains("no predictions");
    }

    @Test
    void float64FeaturesInEitherOrder() throws IOException {
        TestData data = TestData.clusters64(7, new int[] {50, 60, 70}, 20, 1e-5, 100, 1);
        String classes = files.file("Y64.npy", NpyFiles.integers(data.labels()));
        SlowMetrics.Result expected = SlowMetrics.compute(data.sample());
        JsonNode rowMajor =
                json("--features", files.file("C.npy", NpyFiles.doubles(data.features(), false)), "--labels", classes);
        JsonNode columnMajor =
                json("--features", files.file("O.npy", NpyFiles.doubles(data.features(), true)), "--labels", classes);
        assertThat(columnMajor).isEqualTo(rowMajor);
        assertThat(rowMajor.path("tcv").asDouble())
                .isCloseTo(expected.get("tcv"), org.assertj.core.data.Percentage.withPercentage(1e-3));
    }

    @Test
    void weightsAlone() throws IOException {
        double[][] weights = rounded(TestData.randomWeights(5, 30, 20));
        String file = files.file("W.npy", NpyFiles.floats(weights));
        Sample sample = Sample.ofWeights(weights, new double[0], 10, Layer.DENSE);
        SlowMetrics.Result expected = SlowMetrics.compute(sample);
        assertAgrees(json("--weights", file, "--classes", "10"), expected);

        JsonNode withoutClasses = json("--weights", file);
        assertThat(withoutClasses.path("stable_rank").asDouble())
                .isEqualTo(json("--weights", file, "--classes", "10")
                        .path("stable_rank")
                        .asDouble());
        for (String name : List.of(
                "rank_k_distance",
                "rank_k_distance_relative",
                "rank_k_minus_1_distance",
                "rank_k_minus_1_distance_relative")) {
            assertThat(withoutClasses.path(name).isNull()).as(name).isTrue();
            assertThat(withoutClasses.path("undefined").path(name).asText()).contains("number of classes");
        }
        assertThat(withoutClasses.has("nc1")).isFalse();
        assertThat(withoutClasses.has("nc0")).isFalse();
    }

    @Test
    void weightsOfTheClassifierAlone() throws IOException {
        double[][] weights = rounded(TestData.randomWeights(6, 5, 24));
        Sample sample = Sample.ofWeights(weights, new double[0], 5, Layer.CLASSIFIER);
        JsonNode actual = json("--weights", files.file("W.npy", NpyFiles.floats(weights)), "--classes", "5");
        assertAgrees(actual, SlowMetrics.compute(sample));
        assertThat(actual.path("nc0").isNumber()).isTrue();
        assertThat(actual.path("undefined").path("nc3").asText()).isEqualTo("needs features too");
    }

    @Test
    void aConvolutionKernelIsFlattened() throws IOException {
        double[][] weights = rounded(TestData.randomWeights(8, 7, 3 * 2 * 2));
        Sample sample = DATA.sample()
                .withWeights(weights, new double[0], Layer.CONVOLUTION)
                .withDecay(LAMBDA, Coupling.COUPLED, false);
        JsonNode actual = json(
                "--features",
                features,
                "--labels",
                labels,
                "--weights",
                files.file("W.npy", NpyFiles.floats(NpyFiles.flatten(weights), 7, 3, 2, 2)),
                "--weight-decay=5e-4");
        assertAgrees(actual, SlowMetrics.compute(sample));
        assertThat(actual.path("undefined").path("low_rank_ratio").asText()).contains("dense layers");
    }

    @Test
    void layersOfADirectoryInFilesAndArchives() throws IOException {
        // In natural order the classifier is layer10; layer2 has by chance as many outputs as there are classes.
        Map<String, TestData> inputs = Map.of(
                "layer1", DATA.scaled(2),
                "layer2", DATA.rotated(3),
                "layer10", DATA);
        Map<String, double[][]> weights = Map.of(
                "layer1", rounded(TestData.randomWeights(11, 24, 24)),
                "layer2", rounded(TestData.randomWeights(12, 5, 24)),
                "layer10", rounded(DATA.alignedWeights(13, 0.2)));
        int[] predictions = DATA.predictions(14, 0.1);
        AnalyzeFixture layers = new AnalyzeFixture(java.nio.file.Files.createDirectory(directory.resolve("layers")));
        layers.file("labels.npy", NpyFiles.integers(DATA.labels()));
        layers.file("predictions.npy", NpyFiles.integers(predictions));
        layers.file("layer1.features.npy", NpyFiles.floats(inputs.get("layer1").features()));
        layers.file("layer1.weights.npy", NpyFiles.floats(weights.get("layer1")));
        layers.file(
                "layer10.features.npy", NpyFiles.floats(inputs.get("layer10").features()));
        layers.file("layer10.weights.npy", NpyFiles.floats(weights.get("layer10")));
        NpyFiles.npz(
                directory.resolve("layers/layer2.npz"),
                Map.of(
                        "features", NpyFiles.floats(rounded(inputs.get("layer2").features())),
                        "weights", NpyFiles.floats(weights.get("layer2")),
                        "labels", NpyFiles.integers(DATA.labels())));

        String layersDirectory = directory.resolve("layers").toString();
        JsonNode actual = json("--dir", layersDirectory, "--weight-decay=5e-4", "--loss=mse");
        assertThat(actual.path("layers").fieldNames()).toIterable().containsExactly("layer1", "layer2", "layer10");
        inputs.forEach((name, data) -> assertAgrees(
                actual.path("layers").path(name),
                SlowMetrics.compute(Sample.of(rounded(data.features()), data.labels(), 5)
                        .withWeights(
                                weights.get(name),
                                new double[0],
                                name.equals("layer10") ? Layer.CLASSIFIER : Layer.DENSE)
                        .withPredictions(predictions)
                        .withDecay(LAMBDA, Coupling.COUPLED, false)
                        .withLoss(Loss.MSE))));

        JsonNode named = json("--dir", layersDirectory, "--classifier", "layer2");
        assertThat(named.path("layers").path("layer2").path("nc0").isNumber()).isTrue();
        assertThat(named.path("layers").path("layer10").has("nc0")).isFalse();
    }

    private static double[][] rounded(double[][] rows) {
        return Arrays.stream(rows).map(AnalyzeOracleTest::rounded).toArray(double[][]::new);
    }

    private static double[] rounded(double[] values) {
        return Arrays.stream(values).map(value -> (float) value).toArray();
    }
}
