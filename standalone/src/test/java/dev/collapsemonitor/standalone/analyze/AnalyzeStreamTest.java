package dev.collapsemonitor.standalone.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import dev.collapsemonitor.trainer.publish.FeatureSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream, fed by hand, and {@code analyze} come to the same numbers, to the last bit. */
class AnalyzeStreamTest {
    private static final int CLASSES = 10;
    private static final int DIMENSION = 520;
    private static final Layer LAYER = Layer.newBuilder()
            .setName("fc")
            .setKind(LayerKind.DENSE)
            .setFeatureDim(DIMENSION)
            .setClassifier(true)
            .build();

    @TempDir
    Path directory;

    @Test
    void alsoWithFloat32ProductsAndMoreSamplesThanAreRetained() throws IOException {
        // 520 dimensions are multiplied in float32; 5,000 rows of them are more than the 8 MiB that are retained.
        TestData data = TestData.clusters(1, CLASSES, DIMENSION, 500, 0.5, 1, 1);
        float[] features = data.flattened();
        float[] weights = TestData.flatten(data.alignedWeights(2, 0.3));

        AnalyzeFixture files = new AnalyzeFixture(directory);
        JsonNode analyzed = AnalyzeFixture.json(
                "--features",
                files.file("F.npy", NpyFiles.floats(data.features())),
                "--labels",
                files.file("Y.npy", NpyFiles.integers(data.labels())),
                "--weights",
                files.file("W.npy", NpyFiles.floats(data.alignedWeights(2, 0.3))),
                "--weight-decay=5e-4",
                "--loss=mse");

        LayerResult streamed = stream(features, data.labels(), weights);
        assertThat(streamed.getCoverage()).isEqualTo(1);
        assertThat(streamed.getMetricsMap().get("nc4_samples")).isLessThan(5000);
        Map<String, Double> values = new TreeMap<>();
        analyzed.fields().forEachRemaining(field -> {
            if (field.getValue().isNumber()) {
                values.put(field.getKey(), field.getValue().asDouble());
            }
        });
        assertThat(values).isEqualTo(new TreeMap<>(streamed.getMetricsMap()));
        streamed.getUndefinedMap()
                .forEach((name, reason) -> assertThat(
                                analyzed.path("undefined").path(name).asText())
                        .isEqualTo(reason));
        streamed.getNotesMap()
                .forEach((name, note) ->
                        assertThat(analyzed.path("notes").path(name).asText()).isEqualTo(note));
    }

    private static LayerResult stream(float[] features, int[] labels, float[] weights) {
        int d = DIMENSION;
        int rows = FeatureSet.rowsPerPart(d, Float.BYTES);
        int parts = (labels.length + rows - 1) / rows;
        byte[] key = Keys.layer("r", LAYER.getName());
        RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
        List<LayerResult> results = new ArrayList<>();
        try (LayerStage stage = new LayerStage(
                AccumulatorLimits.DEFAULT, Duration.ofMinutes(1), RollingSettings.DEFAULT, results::add)) {
            stage.weights(
                    reader.weights(
                            key,
                            WeightChunk.newBuilder()
                                    .setRun("r")
                                    .setLayer(LAYER)
                                    .setAttempt(1)
                                    .setMode(Mode.SNAPSHOT)
                                    .setRows(CLASSES)
                                    .setWeights(TensorCodec.floats(weights, CLASSES, d))
                                    .setWeightDecay(5e-4)
                                    .setCoupling(Coupling.COUPLED)
                                    .setLoss(LossKind.MSE)
                                    .setFeaturesFollow(true)
                                    .setClasses(CLASSES)
                                    .build()
                                    .toByteArray(),
                            RecordHeaders.currentSchemaVersion()),
                    0);
            for (int part = 0; part < parts; part++) {
                int from = part * rows;
                int to = Math.min(labels.length, from + rows);
                FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                        .setRun("r")
                        .setLayer(LAYER)
                        .setAttempt(1)
                        .setMode(Mode.SNAPSHOT)
                        .setSplit(Split.TRAIN)
                        .setPart(part)
                        .setParts(parts)
                        .setClasses(CLASSES)
                        .setWeightsFollow(true)
                        .setFeatures(TensorCodec.floats(Arrays.copyOfRange(features, from * d, to * d), to - from, d));
                for (int i = from; i < to; i++) {
                    batch.addLabels(labels[i]);
                }
                FeatureRecord record =
                        reader.features(key, batch.build().toByteArray(), RecordHeaders.currentSchemaVersion());
                stage.features(record, 0);
            }
        }
        assertThat(results).hasSize(1);
        return results.get(0);
    }
}
