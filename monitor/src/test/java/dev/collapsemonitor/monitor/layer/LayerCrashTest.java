package dev.collapsemonitor.monitor.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.changelog.CompactedLog;
import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A stage that is killed at every record of every flush, before the offsets are committed, loses its results of that time
 * and goes on from its log and the last offsets: in the end nobody can tell.
 */
class LayerCrashTest {
    private static final Duration GRACE = Duration.ofSeconds(60);

    /** Sums that a restart adds up in another order; products of so few dimensions are formed in float64. */
    private static final double ROUNDING = 1e-12;

    private static final RecordReader READER = new RecordReader(IngestLimits.DEFAULT);

    /** One record of the input. */
    private sealed interface Input permits Features, Weights {}

    private record Features(byte[] key, byte[] value) implements Input {}

    private record Weights(byte[] key, byte[] value) implements Input {}

    /** What survives a process. */
    private static final class Disk {
        private CompactedLog log = new CompactedLog();
        private int committed;
        private final Map<String, LayerResult> results = new TreeMap<>();

        /** Of two results of one identity the one with the higher coverage holds, else the newer. */
        void publish(List<LayerResult> emitted) {
            for (LayerResult result : emitted) {
                String id = result.getRun() + "/" + result.getLayer().getName() + " attempt " + result.getAttempt()
                        + " step " + result.getStep() + " " + result.getSplit() + " " + result.getNotFinite();
                LayerResult before = results.get(id);
                if (before == null || before.getCoverage() <= result.getCoverage()) {
                    results.put(id, result);
                }
            }
        }
    }

    @ParameterizedTest(name = "a commit every {0} records, chunks of {1} bytes")
    @CsvSource({"1, 524288", "4, 524288", "7, 524288", "13, 524288", "5, 64"})
    void killedAtEveryRecordOfAFlushItGoesOnAsIfNothingHadHappened(int interval, int chunkBytes) throws IOException {
        List<Input> input = input();
        Disk undisturbed = new Disk();
        run(input, undisturbed, interval, chunkBytes, Integer.MAX_VALUE);
        assertThat(undisturbed.results).hasSize(13);
        assertThat(undisturbed.results.values().stream().filter(r -> r.getCoverage() == 1))
                .hasSize(11);

        int records = undisturbed.log.size();
        assertThat(records).isGreaterThan(30);
        // Each flush ends before some record; cut there, as often as there are records.
        int step = Math.max(1, records / 150);
        for (int kill = 0; kill < records; kill += step) {
            Disk disk = new Disk();
            run(input, disk, interval, chunkBytes, kill);
            run(input, disk, interval, chunkBytes, Integer.MAX_VALUE);
            assertSame("killed at record " + kill, disk, undisturbed);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @CsvSource({"1", "2", "3", "4", "5", "6"})
    void killedAgainAndAgainItGoesOnAsIfNothingHadHappened(int seed) throws IOException {
        List<Input> input = input();
        Disk undisturbed = new Disk();
        run(input, undisturbed, 4, 64, Integer.MAX_VALUE);
        Random random = new Random(seed);
        Disk disk = new Disk();
        for (int i = 0; i < 25; i++) {
            run(input, disk, 1 + random.nextInt(8), 64, disk.log.size() + random.nextInt(40));
        }
        run(input, disk, 4, 64, Integer.MAX_VALUE);
        assertSame("seed " + seed, disk, undisturbed);
    }

    /** A process, until the input ends or the log would grow beyond {@code killAt} records. */
    private static void run(List<Input> input, Disk disk, int interval, int chunkBytes, int killAt) throws IOException {
        List<LayerResult> emitted = new ArrayList<>();
        try (LayerStage stage =
                new LayerStage(AccumulatorLimits.DEFAULT, GRACE, RollingSettings.DEFAULT, emitted::add)) {
            Restored restored = stage.restore(disk.log.compacted(killAt), disk.log.size(), chunkBytes);
            assertThat(restored.torn()).isZero();
            stage.republish();
            int position = disk.committed;
            while (true) {
                int end = Math.min(input.size(), position + interval);
                while (position < end) {
                    send(stage, input.get(position++));
                }
                if (position == input.size()) {
                    stage.tick(GRACE.toMillis() + 1_000_000_000, GRACE.toMillis() + 1);
                }
                stage.flush(disk.log);
                if (disk.log.size() > killAt) {
                    disk.log = disk.log.cutAfter(killAt);
                    return; // what was emitted since the last commit never left the machine
                }
                disk.publish(emitted);
                emitted.clear();
                disk.committed = position;
                if (position == input.size()) {
                    return;
                }
            }
        }
    }

    private static void send(LayerStage stage, Input record) {
        try {
            if (record instanceof Features features) {
                stage.features(READER.features(features.key(), features.value(), null), 1000);
            } else if (record instanceof Weights weights) {
                stage.weights(READER.weights(weights.key(), weights.value(), null), 1000);
            }
        } catch (InvalidRecordException e) {
            // The dead letters' business.
        }
    }

    private static void assertSame(String when, Disk actual, Disk expected) {
        assertThat(actual.results.keySet()).as(when).isEqualTo(expected.results.keySet());
        expected.results.forEach((id, want) -> {
            LayerResult got = actual.results.get(id);
            assertThat(got.getCoverage()).as("%s: %s", when, id).isEqualTo(want.getCoverage());
            assertThat(got.getSamples()).as("%s: %s", when, id).isEqualTo(want.getSamples());
            assertThat(got.getUndefinedMap()).as("%s: %s", when, id).isEqualTo(want.getUndefinedMap());
            assertThat(got.getMetricsMap().keySet())
                    .as("%s: %s", when, id)
                    .isEqualTo(want.getMetricsMap().keySet());
            want.getMetricsMap()
                    .forEach((name, value) -> assertThat(
                                    Math.abs(got.getMetricsMap().get(name) - value))
                            .as("%s: %s of %s", when, name, id)
                            .isLessThanOrEqualTo(ROUNDING * Math.abs(value) + ROUNDING));
        });
    }

    /**
     * Eleven complete snapshots (interleaved, of two splits, with weights in chunks and signals), one that lacks a part, one
     * with a rejected part, weights alone, and late duplicates.
     */
    private static List<Input> input() {
        List<Input> input = new ArrayList<>();
        TestData signals = TestData.clusters64(7, new int[] {12}, 3, 0.5, 0, 1);
        for (long step = 1; step <= 4; step++) {
            for (int part = 0; part < 3; part++) {
                input.add(features(
                        withSignals(Records.features(step, part, 3), signals).setWeightsFollow(true)));
                input.add(weights(Records.weightRows(step, part, 1).setLoss(LossKind.MSE)));
                if (part < 2) {
                    input.add(features(Records.features(step + 100, part, 2)
                            .setSplit(Split.TEST)
                            .setWeightsFollow(false)));
                }
            }
        }
        input.add(input.get(0));
        input.add(input.get(1));
        // Interleaved: the newer one begins while the older one waits.
        input.add(features(Records.features(10, 0, 2)));
        input.add(features(Records.features(11, 0, 2)));
        input.add(features(Records.features(10, 1, 2)));
        input.add(features(Records.features(11, 1, 2)));
        // A part that is not usable, and one that never comes.
        input.add(features(Records.features(20, 0, 2).setLabels(0, 99)));
        input.add(features(Records.features(20, 1, 2)));
        input.add(features(Records.features(21, 1, 2)));
        // Weights alone, in two chunks, of another layer.
        Layer other = Records.LAYER.toBuilder().setName("other").build();
        for (int row = 0; row < 3; row++) {
            input.add(weights(Records.weightRows(30, row, 1).setLayer(other).setFeaturesFollow(false)));
        }
        input.add(input.get(20));
        return input;
    }

    private static FeatureBatch.Builder withSignals(FeatureBatch.Builder batch, TestData signals) {
        double[] values = Arrays.stream(signals.features())
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return batch.setBackpropagatedSignals(
                TensorCodec.doubles(values, signals.features().length, signals.features()[0].length));
    }

    private static Input features(FeatureBatch.Builder batch) {
        return new Features(
                Keys.layer(batch.getRun(), batch.getLayer().getName()),
                batch.build().toByteArray());
    }

    private static Input weights(WeightChunk.Builder chunk) {
        return new Weights(
                Keys.layer(chunk.getRun(), chunk.getLayer().getName()),
                chunk.build().toByteArray());
    }
}
