package dev.collapsemonitor.monitor.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.changelog.CompactedLog;
import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import dev.collapsemonitor.monitor.changelog.UnknownVersionException;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.RunFate;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The bytes of layer state: what a build wrote, it and every later one can read. */
class LayerStateFormatTest {
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final int CHUNK_BYTES = 300; // so that some entries take several
    private static final String GOLDEN = "/golden/layer-state-v1.hex";
    private static final RecordReader READER = new RecordReader(IngestLimits.DEFAULT);

    private final List<LayerResult> emitted = new ArrayList<>();

    @Test
    void whatIsRestoredWritesTheSameBytesAgain() throws IOException {
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = begun(log)) {
            Map<ByteBuffer, byte[]> written = log.compacted(1);
            try (LayerStage again = stage()) {
                Restored restored = again.restore(log.compacted(2), 0, CHUNK_BYTES);
                assertThat(restored.entries())
                        .as("of every kind; of two kinds another")
                        .isEqualTo(8);
                CompactedLog copy = new CompactedLog();
                again.copy(copy);
                assertThat(copy.size()).isEqualTo(written.size());
                copy.compacted(1).forEach((key, value) -> assertThat(value).isEqualTo(written.get(key)));
            }
        }
    }

    @Test
    void aRestoredSnapshotGivesTheSameResultToTheLastBit() throws IOException {
        CompactedLog log = new CompactedLog();
        List<LayerResult> undisturbed;
        try (LayerStage stage = begun(log)) {
            emitted.clear();
            stage.tick(0, GRACE.toMillis() + 1);
            undisturbed = List.copyOf(emitted);
        }
        emitted.clear();
        try (LayerStage again = stage()) {
            again.restore(log.compacted(2), 0, CHUNK_BYTES);
            again.tick(0, GRACE.toMillis() + 1);
        }
        assertThat(emitted).hasSize(2).isEqualTo(undisturbed);
    }

    @Test
    void whileAStageIsDownNoSnapshotWaitsAndWhatItHasWaitedIsNotForgotten() throws IOException {
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = begun(log)) {
            emitted.clear();
            stage.tick(0, GRACE.toMillis() - 1);
            stage.flush(log);
        }
        try (LayerStage again = stage()) {
            long later = Duration.ofDays(1).toMillis();
            again.restore(log.compacted(2), later, CHUNK_BYTES);
            again.tick(later, 1);
            assertThat(emitted).as("exactly the grace").isEmpty();
            again.tick(later, 1);
            assertThat(emitted).hasSize(2);
        }
    }

    @Test
    void theGraceRunsFromTheLastPartThoughARestartIsBetween() throws IOException {
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = begun(log)) {
            emitted.clear();
            stage.tick(0, GRACE.toMillis() - 1);
            send(stage, Records.weights(3));
            stage.flush(log);
        }
        try (LayerStage again = stage()) {
            again.restore(log.compacted(2), 0, CHUNK_BYTES);
            again.tick(0, 2);
            assertThat(emitted).extracting(LayerResult::getStep).containsExactly(2L);
        }
    }

    @Test
    void anEndThatWasToldBeforeARestartClosesAfterIt() throws IOException {
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = begun(log)) {
            emitted.clear();
            stage.control(
                    LayerControl.newBuilder()
                            .setRun("r")
                            .setLayer("fc")
                            .setFate(RunFate.ENDED)
                            .setAttempt(1)
                            .build(),
                    0);
            stage.tick(0, 1000);
            stage.flush(log);
        }
        try (LayerStage again = stage()) {
            again.restore(log.compacted(2), 0, CHUNK_BYTES);
            again.tick(0, 1000);
            assertThat(emitted).isEmpty();
            again.tick(0, 1);
            assertThat(emitted).extracting(LayerResult::getStep).containsExactlyInAnyOrder(2L, 3L);
            again.flush(log);
        }
        try (LayerStage again = stage()) {
            assertThat(again.restore(log.compacted(3), 0, CHUNK_BYTES).torn()).isZero();
            assertThat(again.openSnapshots()).isZero();
        }
    }

    @Test
    void theGraceOfASnapshotThatVersion1LoggedBeginsAnew() throws IOException {
        emitted.clear();
        try (LayerStage stage = stage()) {
            stage.restore(golden(), 0, CHUNK_BYTES);
            stage.tick(0, GRACE.toMillis());
            assertThat(emitted).isEmpty();
            stage.tick(0, 1);
            assertThat(emitted).extracting(LayerResult::getStep).containsExactlyInAnyOrder(2L, 3L);
        }
    }

    @Test
    void logsOfVersion1AreReadForEver() throws IOException {
        Map<ByteBuffer, byte[]> golden = golden();
        emitted.clear();
        try (LayerStage stage = stage()) {
            assertThat(stage.restore(golden, 0, CHUNK_BYTES)).isEqualTo(new Restored(7, 0));
            stage.republish();
            assertThat(emitted).extracting(LayerResult::getStep).containsExactly(1L);
            finish(stage);
        }
        List<LayerResult> restored = List.copyOf(emitted);
        emitted.clear();
        try (LayerStage stage = begun(new CompactedLog())) {
            finish(stage);
        }
        assertThat(restored).hasSameSizeAs(emitted);
        for (int i = 0; i < restored.size(); i++) {
            LayerResult want = emitted.get(i);
            LayerResult got = restored.get(i);
            assertThat(got.toBuilder()
                            .clearMetrics()
                            .clearSingularValues()
                            .clearSnrSingularValues()
                            .clearNotes()
                            .build())
                    .isEqualTo(want.toBuilder()
                            .clearMetrics()
                            .clearSingularValues()
                            .clearSnrSingularValues()
                            .clearNotes()
                            .build());
            assertThat(got.getMetricsMap().keySet())
                    .isEqualTo(want.getMetricsMap().keySet());
            want.getMetricsMap()
                    .forEach((name, value) -> assertThat(got.getMetricsMap().get(name))
                            .as(name)
                            .isCloseTo(value, within(1e-9 * Math.abs(value) + 1e-12)));
        }
    }

    @Test
    void anEntryOfANewerVersionIsRefusedByItsName() throws IOException {
        CompactedLog log = new CompactedLog();
        begun(log).close();
        Map<ByteBuffer, byte[]> records = log.compacted(1);
        int header = 1 + Long.BYTES + Integer.BYTES; // then comes the version of the kind
        records.values().stream()
                .filter(value -> value.length > header && ByteBuffer.wrap(value).getInt(1 + Long.BYTES) == 0)
                .forEach(value -> value[header] = 3);
        try (LayerStage stage = stage()) {
            assertThatThrownBy(() -> stage.restore(records, 0, CHUNK_BYTES))
                    .isInstanceOf(UnknownVersionException.class)
                    .hasMessageMatching(
                            "[A-Z_]+ of (r/fc|a task) is of version 3, but this build reads up to version [12]; start"
                                    + " the build that wrote it, or a newer one");
        }
    }

    private LayerStage stage() {
        return new LayerStage(AccumulatorLimits.DEFAULT, GRACE, RollingSettings.DEFAULT, emitted::add);
    }

    /** A stage with something of every kind, flushed. */
    private LayerStage begun(CompactedLog log) throws IOException {
        LayerStage stage = stage();
        stage.restore(new LinkedHashMap<>(), 0, CHUNK_BYTES);
        send(stage, Records.weights(1).setLoss(LossKind.MSE));
        send(stage, Records.features(1, 0, 1).setWeightsFollow(true));
        send(stage, Records.weightRows(2, 0, 1).setLoss(LossKind.MSE));
        send(stage, withSignals(Records.features(2, 0, 2)).setWeightsFollow(true));
        send(stage, Records.features(3, 1, 2));
        stage.flush(log);
        return stage;
    }

    private static void finish(LayerStage stage) {
        send(stage, Records.weightRows(2, 1, 2).setLoss(LossKind.MSE));
        send(stage, withSignals(Records.features(2, 1, 2)).setWeightsFollow(true));
        send(stage, Records.features(3, 0, 2));
        send(stage, Records.features(1, 0, 1).setWeightsFollow(true)); // a duplicate
    }

    private static FeatureBatch.Builder withSignals(FeatureBatch.Builder batch) {
        double[] values = Arrays.stream(
                        TestData.clusters64(7, new int[] {12}, 3, 0.5, 0, 1).features())
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return batch.setBackpropagatedSignals(TensorCodec.doubles(values, 12, 3));
    }

    private static void send(LayerStage stage, FeatureBatch.Builder batch) {
        stage.features(READER.features(Records.layerKey(), batch.build().toByteArray(), null), 0);
    }

    private static void send(LayerStage stage, WeightChunk.Builder chunk) {
        stage.weights(READER.weights(Records.layerKey(), chunk.build().toByteArray(), null), 0);
    }

    /** Lines of a key and a value, in hexadecimal digits; {@link #begun} wrote it. */
    private static Map<ByteBuffer, byte[]> golden() throws IOException {
        try (InputStream in = LayerStateFormatTest.class.getResourceAsStream(GOLDEN)) {
            Map<ByteBuffer, byte[]> records = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().forEach(line -> {
                String[] parts = line.split(" ");
                records.put(
                        ByteBuffer.wrap(HexFormat.of().parseHex(parts[0])),
                        HexFormat.of().parseHex(parts[1]));
            });
            return records;
        }
    }
}
