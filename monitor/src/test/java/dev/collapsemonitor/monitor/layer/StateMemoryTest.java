package dev.collapsemonitor.monitor.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.changelog.CompactedLog;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage.Arrival;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateMemoryTest {
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final AccumulatorLimits LIMITS = new AccumulatorLimits(4096, 1000, 1);
    private static final long SNAPSHOT = snapshotOf(2 * Records.ROWS);

    /** A snapshot with what surrounds it. */
    private static final long WITH_OVERHEAD = SNAPSHOT + 2500;

    private final List<LayerResult> emitted = new ArrayList<>();
    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private long now = 1_000_000;

    @Test
    void everythingIsCountedAndGivenBack() {
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            send(stage, Records.features(1, 0, 2).setWeightsFollow(true));
            assertThat(budget.usedBytes()).isBetween(SNAPSHOT, WITH_OVERHEAD);
            send(stage, Records.weights(1));
            long withWeights = budget.usedBytes();
            assertThat(withWeights).isGreaterThan(SNAPSHOT + 8 * Records.CLASSES * Records.DIMENSION);
            send(stage, Records.features(1, 1, 2).setWeightsFollow(true));
            assertThat(budget.usedBytes())
                    .as("closed, with weights and parts kept")
                    .isBetween(1L, withWeights - SNAPSHOT + 1000);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static long snapshotOf(int rows) {
        return snapshotOf(rows, rows);
    }

    private static long snapshotOf(int rows, long expectedRows) {
        return LayerAccumulator.memoryBytes(
                Records.CLASSES, Records.DIMENSION, false, LIMITS.forRows(rows), expectedRows);
    }

    @Test
    void theLastOfSeveralPartsDoesNotTellHowManyRowsThereWillBe() {
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            send(stage, Records.features(1, 2, 3));
            assertThat(snapshotOf(3 * Records.ROWS, Long.MAX_VALUE))
                    .as("products in float32 take less room")
                    .isLessThan(snapshotOf(3 * Records.ROWS));
            assertThat(stage.accumulatorBytes()).isEqualTo(snapshotOf(3 * Records.ROWS, Long.MAX_VALUE));
            send(stage, Records.features(1, 0, 3));
            assertThat(stage.accumulatorBytes()).isEqualTo(snapshotOf(3 * Records.ROWS, Long.MAX_VALUE));
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aSnapshotTakesRoomForTheRowsThatItsPartsWillBringNotForAllThatALayerMayRetain() {
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            send(stage, Records.features(1, 0, 3));
            assertThat(stage.accumulatorBytes()).isEqualTo(snapshotOf(3 * Records.ROWS));
            send(stage, smallPart(1, 1, 3));
            assertThat(stage.accumulatorBytes())
                    .as("one row came where twelve were expected")
                    .isEqualTo(snapshotOf(2 * Records.ROWS + 1));
            send(stage, Records.features(2, 0, 1000));
            assertThat(stage.accumulatorBytes())
                    .isEqualTo(snapshotOf(2 * Records.ROWS + 1) + snapshotOf(Integer.MAX_VALUE));
        }
    }

    @Test
    void aLargerPartThanTheFirstAsksForRoomAndIsRejectedWhenThereIsNone() {
        StateBudget budget = new StateBudget(2 * (snapshotOf(3) + 2500));
        try (LayerStage stage = stage(budget)) {
            send(stage, smallPart(1, 0, 3));
            assertThatThrownBy(() -> send(stage, Records.features(1, 1, 3)))
                    .isInstanceOf(InvalidRecordException.class)
                    .hasFieldOrPropertyWithValue("reason", Reason.LIMIT)
                    .hasMessageStartingWith("part 1 of the features of run r, layer fc, step 1 needs");
            assertThat(budget.usedBytes()).isLessThanOrEqualTo(budget.maxBytes());
            send(stage, smallPart(1, 2, 3));
            assertThat(emitted).singleElement().satisfies(result -> {
                assertThat(result.getCoverage()).isEqualTo(2 / 3.0);
                assertThat(result.getSamples()).isEqualTo(2);
            });
        }
    }

    /** Of one row. */
    private static FeatureBatch.Builder smallPart(long step, int part, int parts) {
        FeatureBatch.Builder batch = Records.features(step, part, parts);
        return batch.setFeatures(TensorCodec.floats(Records.rows(step, part), 1, Records.DIMENSION))
                .clearLabels()
                .addLabels(0)
                .clearPredictedLabels()
                .addPredictedLabels(0);
    }

    @Test
    void aSnapshotForWhichThereIsNoRoomIsRefusedWithTheRemedyAndTheOthersAreNotTouched() {
        StateBudget budget = new StateBudget(3 * WITH_OVERHEAD);
        try (LayerStage stage = stage(budget)) {
            for (String run : List.of("a", "b")) {
                send(stage, Records.features(1, 0, 2).setRun(run));
            }
            send(stage, Records.features(1, 0, 2).setRun("c").setLayer(Records.LAYER));
            assertThatThrownBy(() -> send(stage, Records.features(1, 0, 2).setRun("d")))
                    .isInstanceOf(InvalidRecordException.class)
                    .hasFieldOrPropertyWithValue("reason", Reason.LIMIT)
                    .hasMessageMatching("part 0 of the features of run d, layer fc, step 1 needs \\d+ bytes of state,"
                            + " but \\d+ are in use of the \\d+ of this monitor; raise --max-state-bytes or publish"
                            + " fewer snapshots at a time");
            assertThat(stage.openSnapshots()).isEqualTo(3);
            send(stage, Records.features(1, 1, 2).setRun("b"));
            assertThat(emitted).hasSize(1);
            // Its memory is free now.
            assertThat(send(stage, Records.features(1, 0, 2).setRun("d"))).isEqualTo(Arrival.MERGED);
            assertThat(budget.usedBytes()).isLessThanOrEqualTo(budget.maxBytes());
        }
    }

    @Test
    void aRunTakesAtMostHalf() {
        StateBudget budget = new StateBudget(2 * (2 * SNAPSHOT + 4000));
        try (LayerStage stage = stage(budget)) {
            send(stage, Records.features(1, 0, 2));
            send(stage, Records.features(2, 0, 2));
            assertThatThrownBy(() -> send(
                            stage,
                            Records.features(1, 0, 2)
                                    .setLayer(Records.LAYER.toBuilder().setName("another"))))
                    .isInstanceOf(InvalidRecordException.class)
                    .hasMessageContaining("its run would take more than half of the " + budget.maxBytes());
            send(stage, Records.features(1, 0, 2).setRun("other"));
        }
    }

    @Test
    void theLayersThatWereIdleForLongestGoFirst() {
        StateBudget budget = new StateBudget(12 * WITH_OVERHEAD);
        try (LayerStage stage = stage(budget)) {
            int runs = 200;
            for (int run = 0; run < runs; run++) {
                now += 1000;
                send(stage, Records.weights(1).setRun("run " + run));
                send(stage, Records.features(1, 0, 1).setRun("run " + run).setWeightsFollow(true));
                assertThat(budget.usedBytes()).isLessThanOrEqualTo(budget.maxBytes());
            }
            assertThat(emitted).hasSize(runs);
            assertThat(send(
                            stage,
                            Records.features(1, 0, 1)
                                    .setRun("run " + (runs - 1))
                                    .setWeightsFollow(true)))
                    .as("remembered")
                    .isEqualTo(Arrival.DUPLICATE);
            assertThat(send(stage, Records.features(1, 0, 1).setRun("run 0").setWeightsFollow(true)))
                    .as("forgotten: a partial result of it is an upsert that loses")
                    .isEqualTo(Arrival.MERGED);
        }
    }

    @Test
    void weightsAndPartsAreForgottenAfterAnHourAndTheLayerAfterADay() throws IOException {
        StateBudget budget = new StateBudget(1 << 20);
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = stage(budget)) {
            stage.restore(new HashMap<>(), now);
            for (int run = 0; run < 1000; run++) {
                send(stage, Records.weights(1).setRun("run " + run));
                send(stage, Records.features(1, 0, 1).setRun("run " + run).setWeightsFollow(true));
                if (run % 100 == 99) {
                    now += Duration.ofMinutes(10).toMillis();
                    stage.tick(now, 0);
                }
                stage.flush(log);
            }
            assertThat(emitted).hasSize(1000);
            stage.flush(log);
            now += Duration.ofMinutes(61).toMillis();
            stage.tick(now, 0);
            stage.flush(log);
            assertThat(log.compacted(1))
                    .as("what later snapshots are compared with")
                    .hasSizeLessThan(1001);
            now += Duration.ofDays(1).toMillis();
            stage.tick(now, 0);
            stage.flush(log);
            assertThat(budget.usedBytes()).isZero();
            assertThat(log.compacted(1)).isEmpty();
        }
    }

    @Test
    void spoiltRecordsOfMadeUpNamesAreBoundedToo() {
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            int refused = 0;
            for (int run = 0; run < 10_000; run++) {
                try {
                    send(stage, Records.features(1, 0, 2).setRun("run " + run).setClasses(1));
                } catch (InvalidRecordException e) {
                    refused += e.reason() == Reason.LIMIT ? 1 : 0;
                }
                assertThat(budget.usedBytes()).isLessThanOrEqualTo(budget.maxBytes());
            }
            assertThat(refused).isGreaterThan(9_000);
            assertThat(stage.openSnapshots()).isEqualTo(10_000 - refused);
            assertThat(stage.layers()).as("nothing is kept of those refused").isEqualTo(10_000 - refused);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aRecordThatIsRefusedLeavesNothingBehind() {
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            WeightChunk.Builder huge = Records.weights(1)
                    .setLayer(Records.LAYER.toBuilder().setClassifier(false))
                    .setRows(1 << 20)
                    .clearBias();
            assertThatThrownBy(() -> send(stage, huge)).hasFieldOrPropertyWithValue("reason", Reason.LIMIT);
            assertThat(stage.layers()).isZero();
            assertThat(budget.usedBytes()).isZero();
        }
    }

    @Test
    void restoredStateCountsAgainstTheBudget() throws IOException {
        CompactedLog log = new CompactedLog();
        try (LayerStage stage = stage(new StateBudget(1 << 20))) {
            stage.restore(new HashMap<>(), now);
            send(stage, Records.features(1, 0, 2));
            stage.flush(log);
        }
        StateBudget budget = new StateBudget(1 << 20);
        try (LayerStage stage = stage(budget)) {
            stage.restore(log.compacted(1), now);
            assertThat(budget.usedBytes()).isBetween(SNAPSHOT, WITH_OVERHEAD);
            assertThat(stage.openSnapshots()).isEqualTo(1);
            assertThat(stage.accumulatorBytes()).isEqualTo(SNAPSHOT);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private LayerStage stage(StateBudget budget) {
        return new LayerStage(LIMITS, GRACE, RollingSettings.DEFAULT, budget, emitted::add);
    }

    private Arrival send(LayerStage stage, FeatureBatch.Builder batch) {
        byte[] key = Keys.layer(batch.getRun(), batch.getLayer().getName());
        return stage.features(reader.features(key, batch.build().toByteArray(), null), now);
    }

    private Arrival send(LayerStage stage, WeightChunk.Builder chunk) {
        byte[] key = Keys.layer(chunk.getRun(), chunk.getLayer().getName());
        return stage.weights(reader.weights(key, chunk.build().toByteArray(), null), now);
    }
}
