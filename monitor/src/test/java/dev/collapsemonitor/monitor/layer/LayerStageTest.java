package dev.collapsemonitor.monitor.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.google.protobuf.Message;
import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage.Arrival;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.SlowStatistics;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.WeightAssembler;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.RunFate;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LayerStageTest {
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final RollingSettings ROLLING = new RollingSettings(100, 10, Duration.ofSeconds(1));

    private final List<LayerResult> emitted = new ArrayList<>();
    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private LayerStage stage = new LayerStage(AccumulatorLimits.DEFAULT, GRACE, ROLLING, emitted::add);
    private long now = 1_000_000;

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aSnapshotClosesWithItsLastPartAndEqualsOneAccumulatorOverTheSameRows() {
        for (int part = 0; part < 3; part++) {
            assertThat(emitted).isEmpty();
            assertThat(send(Records.features(1, part, 3))).isEqualTo(Arrival.MERGED);
        }

        LayerResult result = only();
        assertThat(result.getStep()).isEqualTo(1);
        assertThat(result.getEpoch()).isEqualTo(0.1);
        assertThat(result.getCoverage()).isEqualTo(1);
        assertThat(result.getSamples()).isEqualTo(36);
        assertThat(result.getNotFinite()).isFalse();
        assertThat(result.getEstimated()).isFalse();
        assertThat(new TreeMap<>(result.getMetricsMap())).isEqualTo(oracle(1, 3, false));
        assertThat(stage.openSnapshots()).isZero();
    }

    @Test
    void partsMayComeInAnyOrder() {
        Map<String, Double> expected = oracle(1, 4, true);
        List<List<Integer>> orders = permutations(List.of(0, 1, 2, 3, 4)); // 4: the weights
        assertThat(orders).hasSize(120);
        for (List<Integer> order : orders) {
            restart();
            order.forEach(part -> {
                assertThat(emitted).isEmpty();
                if (part == 4) {
                    send(Records.weights(1));
                } else {
                    send(Records.features(1, part, 4).setWeightsFollow(true));
                }
            });
            assertThat(only().getCoverage()).isEqualTo(1);
            Map<String, Double> metrics = only().getMetricsMap();
            assertThat(metrics.keySet()).isEqualTo(expected.keySet());
            expected.forEach((name, value) -> assertThat(metrics.get(name))
                    .as("%s, %s", name, order)
                    .isCloseTo(value, within(1e-9 * Math.abs(value) + 1e-12)));
        }
    }

    @Test
    void chunksOfWeightsMayComeInAnyOrderToo() {
        for (List<Integer> order : permutations(List.of(0, 1, 2))) {
            restart();
            send(Records.features(1, 0, 1).setWeightsFollow(true));
            order.forEach(row -> {
                assertThat(emitted).isEmpty();
                assertThat(send(Records.weightRows(1, row, 1))).isEqualTo(Arrival.MERGED);
            });
            assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, true));
        }
    }

    @Test
    void aRedeliveredPartChangesNothingBeforeAndAfterTheClose() {
        send(Records.features(1, 0, 2));
        assertThat(send(Records.features(1, 0, 2))).isEqualTo(Arrival.DUPLICATE);
        send(Records.features(1, 1, 2));
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 2, false));

        assertThat(send(Records.features(1, 0, 2))).isEqualTo(Arrival.DUPLICATE);
        assertThat(send(Records.features(1, 1, 2))).isEqualTo(Arrival.DUPLICATE);
        assertThat(emitted).hasSize(1);
        assertThat(stage.openSnapshots()).isZero();
    }

    @Test
    void theSamePartWithOtherContentIsAConflictAndChangesNothing() {
        send(Records.features(1, 0, 2));
        assertRejected(
                Records.features(1, 0, 2).setLabels(0, 2),
                Reason.CONFLICT,
                "part 0 of the features of run r, layer fc, step 1 arrived before with other content, or of another"
                        + " number of parts; raise the attempt to publish a step again");
        send(Records.features(1, 1, 2));
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 2, false));

        assertRejected(Records.features(1, 0, 2).setLabels(0, 2), Reason.CONFLICT, "with other content");
        assertThat(emitted).hasSize(1);
    }

    @Test
    void aPartOfAnotherNumberOfPartsIsAConflict() {
        send(Records.features(1, 0, 2));
        assertRejected(Records.features(1, 1, 3), Reason.CONFLICT, "of another number of parts");
        send(Records.features(1, 1, 2));
        assertThat(only().getSamples()).isEqualTo(24);
        assertRejected(Records.features(1, 2, 3), Reason.CONFLICT, "of another number of parts");
    }

    @Test
    void aPartThatComesAfterAPartialCloseIsLateAndTheResultStays() {
        send(Records.features(1, 0, 2));
        pass(GRACE.toMillis() + 1);
        assertThat(only().getCoverage()).isEqualTo(0.5);

        assertRejected(
                Records.features(1, 1, 2),
                Reason.LATE,
                "part 1 of the features of run r, layer fc, step 1 came after its snapshot was closed");
        assertThat(send(Records.features(1, 0, 2))).isEqualTo(Arrival.DUPLICATE);
        assertThat(emitted).hasSize(1);
    }

    @Test
    void theGraceRunsFromTheLastPartAndTheResultSaysWhatItCovers() {
        send(Records.features(1, 0, 4));
        pass(GRACE.toMillis());
        assertThat(emitted).as("exactly the grace").isEmpty();
        send(Records.features(1, 2, 4));
        pass(GRACE.toMillis());
        assertThat(emitted).isEmpty();
        pass(1);

        assertThat(only().getCoverage()).isEqualTo(0.5);
        assertThat(only().getSamples()).isEqualTo(24);
        pass(10 * GRACE.toMillis());
        assertThat(emitted).hasSize(1);
    }

    @Test
    void theEndOfTheRunClosesItsSnapshotsWhenNothingMoreComesAfterIt() {
        send(Records.features(1, 0, 4));
        send(Records.features(2, 0, 4));
        assertThat(end("r", 1)).isEqualTo(Arrival.MERGED);
        assertThat(end("r", 1)).isEqualTo(Arrival.DUPLICATE);
        pass(2000);
        assertThat(emitted).as("the last parts may be on their way").isEmpty();
        send(Records.features(2, 1, 4));
        pass(2000);
        assertThat(emitted).isEmpty();
        pass(1);

        assertThat(emitted)
                .extracting(LayerResult::getStep, LayerResult::getCoverage)
                .containsExactlyInAnyOrder(tuple(1L, 0.25), tuple(2L, 0.5));
        assertThat(stage.openSnapshots()).isZero();
        assertRejected(Records.features(1, 1, 4), Reason.LATE, "came after its snapshot was closed");
        end("r", 1); // delivered again
        pass(10_000);
        assertThat(emitted).hasSize(2);
    }

    @Test
    void theEndMayComeBeforeTheLastFeaturesAndTheirWeights() {
        end("r", 1);
        pass(1000);
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        pass(2000);
        send(Records.weights(1));

        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, true));
    }

    @Test
    void theEndOfAnAttemptLeavesANewerOneAndOtherRunsAlone() {
        send(Records.features(1, 0, 2));
        send(Records.features(1, 0, 2).setAttempt(2));
        send(Records.features(1, 0, 2).setRun("other"));
        end("r", 1);
        pass(GRACE.toMillis());

        assertThat(only().getRun()).isEqualTo("r");
        assertThat(only().getAttempt()).isEqualTo(1);
        assertThat(stage.openSnapshots()).isEqualTo(2);
    }

    @Test
    void whatIsPublishedLongAfterTheEndHasTheWholeGrace() {
        end("r", 1);
        pass(2001);
        send(Records.features(1, 0, 2));
        pass(GRACE.toMillis());
        assertThat(emitted).isEmpty();
        pass(1);
        assertThat(only().getCoverage()).isEqualTo(0.5);
    }

    @Test
    void weightsThatArriveExtendTheGrace() {
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        pass(GRACE.toMillis());
        send(Records.weightRows(1, 0, 1));
        pass(GRACE.toMillis());
        assertThat(emitted).isEmpty();
        send(Records.weightRows(1, 1, 2));

        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, true));
    }

    @Test
    void twoNewerSnapshotsCloseAnOlderOneThoughTheyAreStillOpen() {
        send(Records.features(1, 0, 2));
        send(Records.features(2, 0, 2));
        send(Records.features(2, 0, 2)); // a duplicate does not count twice
        assertThat(emitted).isEmpty();
        send(Records.features(3, 0, 2));

        assertThat(only().getStep()).isEqualTo(1);
        assertThat(only().getCoverage()).isEqualTo(0.5);
        assertThat(stage.openSnapshots()).isEqualTo(2);
    }

    @Test
    void twoNewerSnapshotsCloseAnOlderOneThoughTheyClosedThemselves() {
        send(Records.features(1, 0, 2));
        send(Records.features(2, 0, 1));
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(2L);
        send(Records.features(3, 0, 1));

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(2L, 1L, 3L);
        assertThat(emitted).extracting(LayerResult::getCoverage).containsExactly(1.0, 0.5, 1.0);
    }

    @Test
    void featuresMayBeAheadOfTheWeights() {
        for (long step = 1; step <= 8; step++) {
            send(Records.features(step, 0, 1).setWeightsFollow(true));
        }
        assertThat(emitted).isEmpty();
        for (long step = 1; step <= 8; step++) {
            send(Records.weights(step));
        }

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(emitted)
                .allSatisfy(result -> assertThat(result.getMetricsMap()).containsKeys("nc0", "nc3"));
    }

    @Test
    void weightsMayBeAheadOfTheFeatures() {
        for (long step = 1; step <= 8; step++) {
            send(Records.weights(step).setFeaturesFollow(true));
        }
        for (long step = 1; step <= 8; step++) {
            send(Records.features(step, 0, 1).setWeightsFollow(true));
        }

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(emitted)
                .allSatisfy(result -> assertThat(result.getMetricsMap()).containsKeys("nc0", "nc3"));
    }

    @Test
    void aSnapshotWhoseWeightsWereLostClosesWhenThoseOfTwoNewerOnesBegan() {
        for (long step = 1; step <= 3; step++) {
            send(Records.features(step, 0, 1).setWeightsFollow(true));
        }
        send(Records.weights(2));
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(2L);
        send(Records.weights(3));

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(2L, 1L, 3L);
        assertThat(emitted.get(1).getCoverage()).isEqualTo(1);
        assertThat(emitted.get(1).getMetricsMap()).containsKey("nc1").doesNotContainKeys("nc0", "nc3");
    }

    @Test
    void weightsThatNeverComeDoNotKeepSnapshotsOpenForEver() {
        for (long step = 1; step <= 100; step++) {
            send(Records.features(step, 0, 1).setWeightsFollow(true));
        }

        assertThat(stage.openSnapshots()).isEqualTo(16);
        assertThat(emitted).hasSize(84);
    }

    @Test
    void olderSnapshotsThatBeginLateAreNotOvertakenByThoseBeforeThem() {
        for (long step = 4; step >= 1; step--) {
            send(Records.features(step, 0, 2));
        }
        for (long step = 4; step >= 1; step--) {
            send(Records.features(step, 1, 2));
        }

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(4L, 3L, 2L, 1L);
        assertThat(emitted)
                .allSatisfy(result -> assertThat(result.getCoverage()).isEqualTo(1));
    }

    @Test
    void aSnapshotIsOvertakenOnlyByItsOwnRunLayerAndSplit() {
        send(Records.features(1, 0, 2));
        for (int step = 2; step < 5; step++) {
            send(Records.features(step, 0, 1).setRun("other"));
            send(Records.features(step, 0, 1).setLayer(Records.LAYER.toBuilder().setName("fc2")));
            send(Records.features(step, 0, 1).setSplit(Split.TEST));
        }

        assertThat(emitted).hasSize(9).noneMatch(result -> result.getCoverage() < 1);
        assertThat(stage.openSnapshots()).isEqualTo(1);
    }

    @Test
    void trainAndTestShareTheWeightsOfTheirStep() {
        send(Records.weights(1));
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        send(Records.features(1, 0, 1).setSplit(Split.TEST).setWeightsFollow(true));

        assertThat(emitted).extracting(LayerResult::getSplit).containsExactly(Split.TRAIN, Split.TEST);
        assertThat(emitted)
                .allSatisfy(result ->
                        assertThat(new TreeMap<>(result.getMetricsMap())).isEqualTo(oracle(1, 1, true)));
    }

    @Test
    void oneChunkOfWeightsClosesBothSplitsThatWaited() {
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        send(Records.features(1, 0, 1).setSplit(Split.TEST).setWeightsFollow(true));
        assertThat(emitted).isEmpty();
        send(Records.weights(1));

        assertThat(emitted).extracting(LayerResult::getSplit).containsExactlyInAnyOrder(Split.TRAIN, Split.TEST);
    }

    @Test
    void aRejectedLastPartClosesTheSnapshotWithLowerCoverage() {
        send(Records.features(1, 0, 4));
        send(Records.features(1, 1, 4));
        send(Records.features(1, 2, 4));
        assertRejected(Records.features(1, 3, 4).setLabels(0, 9), Reason.LABEL_RANGE, "labels: 9 in row 0");

        assertThat(only().getCoverage()).isEqualTo(0.75);
        assertThat(only().getNotFinite()).isFalse();
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 3, false));
        assertThat(send(Records.features(1, 3, 4).setLabels(0, 9)))
                .as("rejected once, then known")
                .isEqualTo(Arrival.DUPLICATE);
    }

    @Test
    void whatARejectedFirstPartDeclaredBindsNobody() {
        assertRejected(Records.features(1, 2, 3).setClasses(1), Reason.CLASS_COUNT, "1 classes");
        send(Records.features(1, 0, 3).setWeightsFollow(true));
        send(Records.features(1, 1, 3).setWeightsFollow(true));
        assertThat(emitted).isEmpty(); // the weights were announced by those that count
        send(Records.weights(1));

        assertThat(only().getCoverage()).isEqualTo(2 / 3.0);
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 2, true));
    }

    @Test
    void aSnapshotOfRejectedPartsAloneHasNoMetrics() {
        assertRejected(Records.features(1, 0, 1).clearLabels(), Reason.SHAPE, "labels: 0 for 12 rows");

        assertThat(only().getCoverage()).isZero();
        assertThat(only().getSamples()).isZero();
        assertThat(only().getMetricsMap()).isEmpty();
    }

    @Test
    void notANumberInTheFeaturesIsRejectedAndSaidInTheResult() {
        float[] rows = Records.rows(1, 1);
        rows[4 * 5 + 2] = Float.NaN;
        send(Records.features(1, 0, 2));
        assertRejected(
                Records.features(1, 1, 2).setFeatures(TensorCodec.floats(rows, 12, 4)),
                Reason.NOT_FINITE,
                "features of run r, layer fc, step 1, part 1: row 5 of the features holds a value that is not finite");

        assertThat(only().getNotFinite()).isTrue();
        assertThat(only().getCoverage()).isEqualTo(0.5);
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, false));
    }

    @Test
    void infinityInEveryPartLeavesAResultThatSaysSo() {
        float[] rows = Records.rows(1, 0);
        rows[0] = Float.NEGATIVE_INFINITY;
        assertRejected(
                Records.features(1, 0, 1).setFeatures(TensorCodec.floats(rows, 12, 4)), Reason.NOT_FINITE, "row 0");

        assertThat(only().getNotFinite()).isTrue();
        assertThat(only().getMetricsMap()).isEmpty();
    }

    @Test
    void notANumberInTheWeightsIsEmittedAtOnceAndOnceOnly() {
        WeightChunk.Builder poison = Records.weights(1)
                .setWeights(TensorCodec.floats(new float[] {1, 2, 3, Float.NaN, 1, 1, 1, 1, 1, 1, 1, 1}, 3, 4));
        assertRejected(poison, Reason.NOT_FINITE, "weights of run r, layer fc: a value is not finite");

        assertThat(only().getNotFinite()).isTrue();
        assertThat(only().getCoverage()).isZero();
        assertThat(only().getMetricsMap()).isEmpty();
        assertThat(send(poison)).isEqualTo(Arrival.DUPLICATE);
        assertThat(emitted).hasSize(1);
    }

    @Test
    void notANumberInTheBiasIsFoundToo() {
        assertRejected(
                Records.weights(1).setBias(TensorCodec.floats(new float[] {0, Float.POSITIVE_INFINITY, 0}, 3)),
                Reason.NOT_FINITE,
                "a value is not finite");
        assertThat(only().getNotFinite()).isTrue();
    }

    @Test
    void weightsAloneAreAResultOfTheirOwn() {
        send(Records.weights(1).setFeaturesFollow(false));

        assertThat(only().getCoverage()).isEqualTo(1);
        assertThat(only().getSplit()).isEqualTo(Split.TRAIN);
        assertThat(only().getSamples()).isZero();
        assertThat(only().getMetricsMap())
                .containsKeys("nc0", "stable_rank", "nc2_etf_weights")
                .doesNotContainKeys("nc1", "nc3");
        assertThat(only().getSingularValuesCount()).isEqualTo(3);
        assertThat(send(Records.weights(1).setFeaturesFollow(false))).isEqualTo(Arrival.DUPLICATE);
        assertThat(emitted).hasSize(1);
    }

    @Test
    void weightsWhoseFeaturesFollowWaitForThem() {
        send(Records.weights(1));
        assertThat(emitted).isEmpty();
    }

    @Test
    void weightsThatNeverArriveLeaveMetricsUndefinedForThatReason() {
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        pass(GRACE.toMillis() + 1);

        assertThat(only().getCoverage()).isEqualTo(1);
        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, false));
        for (String name : List.of("nc0", "nc3", "nc2_etf_weights", "stable_rank", "low_rank_ratio")) {
            assertThat(only().getUndefinedOrThrow(name)).isEqualTo("the weights of step 1 did not arrive");
        }
        assertThat(only().getUndefinedMap()).doesNotContainKey("loss");
    }

    @Test
    void onlyClassifierMetricsOfAClassifierAreMissed() {
        send(Records.features(1, 0, 1)
                .setLayer(Records.LAYER.toBuilder().setClassifier(false))
                .setWeightsFollow(true));
        pass(GRACE.toMillis() + 1);

        assertThat(only().getUndefinedMap()).containsKey("stable_rank").doesNotContainKeys("nc0", "nc3");
    }

    @Test
    void oneChunkThatIsMissingIsWeightsThatDidNotArrive() {
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        send(Records.weightRows(1, 0, 2));
        pass(GRACE.toMillis() + 1);

        assertThat(only().getUndefinedOrThrow("nc3")).isEqualTo("the weights of step 1 did not arrive");
    }

    @Test
    void aRedeliveredChunkIsADuplicateAndOtherContentAConflict() {
        send(Records.weightRows(1, 0, 1));
        assertThat(send(Records.weightRows(1, 0, 1))).isEqualTo(Arrival.DUPLICATE);
        String conflict =
                "weights of run r, layer fc, step 1, row 0 arrived before with other content; raise the attempt"
                        + " to publish a step again";
        assertRejected(Records.weightRows(1, 0, 1).setWeightDecay(1), Reason.CONFLICT, conflict);
        send(Records.weightRows(1, 1, 2));
        assertThat(send(Records.weightRows(1, 1, 2))).isEqualTo(Arrival.DUPLICATE);
        assertRejected(Records.weightRows(1, 0, 1).setWeightDecay(1), Reason.CONFLICT, conflict);
        assertRejected(Records.weightRows(1, 2, 1), Reason.CONFLICT, "row 2 arrived before with other content");
        send(Records.features(1, 0, 1).setWeightsFollow(true));

        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, true));
    }

    @Test
    void chunksOfDifferentMatricesDoNotMix() {
        send(Records.weightRows(1, 0, 1));
        assertRejected(
                Records.weightRows(1, 1, 1).setWeights(TensorCodec.floats(new float[5], 1, 5)),
                Reason.SHAPE,
                "weights of run r, layer fc: 3 × 5, but other chunks of this step announced 3 × 4");
        send(Records.weightRows(1, 1, 2));
        send(Records.features(1, 0, 1).setWeightsFollow(true));

        assertThat(new TreeMap<>(only().getMetricsMap())).isEqualTo(oracle(1, 1, true));
    }

    @Test
    void weightsOfAnotherStepOrAttemptAreNotPaired() {
        send(Records.features(1, 0, 1).setWeightsFollow(true));
        send(Records.weights(2));
        send(Records.weights(1).setAttempt(2));
        assertThat(emitted).isEmpty();
        send(Records.weights(1));
        assertThat(emitted).hasSize(1);
    }

    @Test
    void attemptsOfTheSameStepAreSnapshotsOfTheirOwn() {
        send(Records.features(1, 0, 2));
        send(Records.features(1, 0, 2).setAttempt(2));
        send(Records.features(1, 1, 2).setAttempt(2));
        send(Records.features(1, 1, 2));

        assertThat(emitted).extracting(LayerResult::getAttempt).containsExactly(2, 1);
        assertThat(emitted)
                .allSatisfy(result ->
                        assertThat(new TreeMap<>(result.getMetricsMap())).isEqualTo(oracle(1, 2, false)));
    }

    @Test
    void twoSnapshotsOfANewerAttemptCloseThatOfTheOlderOne() {
        send(Records.features(100, 0, 2));
        send(Records.features(1, 0, 2).setAttempt(2));
        send(Records.features(2, 0, 2).setAttempt(2));

        assertThat(only().getAttempt()).isEqualTo(1);
        assertThat(only().getCoverage()).isEqualTo(0.5);
    }

    @Test
    void float64DoesNotMixWithFloat32() {
        send(Records.features(1, 0, 3));
        assertRejected(
                Records.features(1, 1, 3).setFeatures(TensorCodec.doubles(new double[48], 12, 4)),
                Reason.DATA_TYPE,
                "features of run r, layer fc, step 1, part 1: float64, but the first part had 32 bits or fewer");
        send(Records.features(1, 2, 3)
                .setFeatures(TensorCodec.floats(Records.rows(1, 2), 0, DataType.BFLOAT16, 12, 4)));
        assertThat(only().getCoverage()).as("16 bits widen to 32").isEqualTo(2 / 3.0);

        restart();
        send(Records.features(1, 0, 2).setFeatures(TensorCodec.doubles(new double[48], 12, 4)));
        assertRejected(Records.features(1, 1, 2), Reason.DATA_TYPE, "32 bits or fewer, but the first part had float64");
    }

    @Test
    void partsOfOtherShapesAreRejected() {
        send(Records.features(1, 0, 3));
        assertRejected(
                Records.features(1, 1, 3)
                        .setLayer(Records.LAYER.toBuilder().setFeatureDim(5))
                        .setFeatures(TensorCodec.floats(new float[60], 12, 5)),
                Reason.SHAPE,
                "features of run r, layer fc, step 1, part 1: 5 columns, but the first part had 4");
        assertRejected(
                Records.features(1, 2, 3).setClasses(4),
                Reason.CLASS_COUNT,
                "features of run r, layer fc, step 1, part 2: 4 classes, but the first part announced 3");

        assertThat(only().getCoverage()).isEqualTo(1 / 3.0);
    }

    @Test
    void theCentralPathIsMeasuredFromTheFirstSnapshotOfTheAttempt() {
        sendMse(1, 1);
        sendMse(1, 3);
        sendMse(1, 2);
        sendMse(2, 4);
        sendMse(2, 5);

        String none = "there is no earlier complete snapshot of this attempt to compare with";
        for (int first : new int[] {0, 3}) {
            assertThat(emitted.get(first).getUndefinedMap()).containsEntry("central_path_spread", none);
        }
        for (int[] pair : new int[][] {{0, 1}, {0, 2}, {3, 4}}) {
            LayerResult now = emitted.get(pair[1]);
            double expected = SlowMetrics.centralPathSpread(omegas(emitted.get(pair[0])), omegas(now), Records.CLASSES);
            assertThat(now.getMetricsOrThrow("central_path_spread")).isCloseTo(expected, withinPercentage(1e-9));
        }
    }

    @Test
    void anIncompleteSnapshotOrOneOfTestDataIsNoFirstSnapshot() {
        send(Records.weights(1).setLoss(LossKind.MSE));
        send(Records.features(1, 0, 2).setWeightsFollow(true));
        pass(GRACE.toMillis() + 1);
        send(Records.weights(2).setLoss(LossKind.MSE));
        send(Records.features(2, 0, 1).setSplit(Split.TEST).setWeightsFollow(true));
        sendMse(1, 3);

        assertThat(emitted)
                .hasSize(3)
                .allSatisfy(result -> assertThat(result.getUndefinedMap()).containsKey("central_path_spread"));
    }

    @Test
    void signalsOfEveryPartGiveTheBoundOnTheRank() {
        TestData signals = TestData.clusters64(7, new int[] {24}, 3, 0.5, 0, 1);
        send(Records.weights(1).setGradientNorm(0.25));
        for (int part : new int[] {1, 0}) {
            send(withSignals(Records.features(1, part, 2), signals.slice(12 * part, 12 * part + 12))
                    .setWeightsFollow(true));
        }

        int[] labels = new int[24];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 12 % Records.CLASSES;
        }
        SlowStatistics slow = SlowStatistics.of(Sample.of(signals.features(), labels, Records.CLASSES));
        double expected = SlowMetrics.lowRankBound(
                0.25, only().getMetricsOrThrow("tcv"), slow.scatterTrace() / slow.total(), 5e-4);
        assertThat(only().getMetricsOrThrow("low_rank_bound")).isCloseTo(expected, withinPercentage(1e-9));
    }

    @Test
    void withoutTheSignalsOfEverySampleThereIsNoBound() {
        TestData signals = TestData.clusters64(7, new int[] {12}, 3, 0.5, 0, 1);
        for (long step = 1; step <= 4; step++) {
            send(Records.weights(step).setGradientNorm(0.25));
        }
        send(Records.features(1, 0, 2).setWeightsFollow(true));
        send(withSignals(Records.features(1, 1, 2), signals).setWeightsFollow(true));
        send(Records.features(2, 0, 1).setWeightsFollow(true));
        send(withSignals(Records.features(3, 0, 1), signals)
                .setSplit(Split.TEST)
                .setWeightsFollow(true));
        send(withSignals(Records.features(4, 0, 2), signals).setWeightsFollow(true));
        pass(GRACE.toMillis() + 1);

        assertThat(emitted)
                .extracting(result -> result.getUndefinedMap().get("low_rank_bound"))
                .containsExactly(
                        "not every part carried back-propagated signals",
                        "no back-propagated signals were published",
                        "the bound is about the training samples",
                        "parts of the snapshot are missing");
    }

    @Test
    void signalsOfAnotherWidthThanTheFirstPartsAreRejected() {
        Layer open = Records.LAYER.toBuilder().clearWeightDims().build();
        TestData three = TestData.clusters64(7, new int[] {12}, 3, 0.5, 0, 1);
        TestData five = TestData.clusters64(7, new int[] {12}, 5, 0.5, 0, 1);
        send(withSignals(Records.features(1, 0, 2), three).setLayer(open));
        assertRejected(
                withSignals(Records.features(1, 1, 2), five).setLayer(open),
                Reason.SHAPE,
                "features of run r, layer fc, step 1, part 1: back-propagated signals of 5 columns,"
                        + " but an earlier part had 3");
        assertThat(only().getCoverage()).isEqualTo(0.5);
    }

    private static FeatureBatch.Builder withSignals(FeatureBatch.Builder batch, TestData signals) {
        double[] values = Arrays.stream(signals.features())
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return batch.setBackpropagatedSignals(
                TensorCodec.doubles(values, signals.features().length, signals.features()[0].length));
    }

    private void sendMse(int attempt, long step) {
        send(Records.weights(step).setLoss(LossKind.MSE).setAttempt(attempt));
        send(Records.features(step, 0, 1).setWeightsFollow(true).setAttempt(attempt));
    }

    private static double[] omegas(LayerResult result) {
        return result.getSnrSingularValuesList().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private LayerResult only() {
        assertThat(emitted).hasSize(1);
        return emitted.get(0);
    }

    private Arrival end(String run, int attempt) {
        return stage.control(
                LayerControl.newBuilder()
                        .setRun(run)
                        .setLayer("fc")
                        .setFate(RunFate.ENDED)
                        .setAttempt(attempt)
                        .build(),
                now);
    }

    /** Time in which a part would have been seen. */
    private void pass(long millis) {
        now += millis;
        stage.tick(now, millis);
    }

    private void restart() {
        stage.close();
        emitted.clear();
        stage = new LayerStage(AccumulatorLimits.DEFAULT, GRACE, ROLLING, emitted::add);
    }

    private Arrival send(FeatureBatch.Builder batch) {
        byte[] key = Keys.layer(batch.getRun(), batch.getLayer().getName());
        return stage.features(reader.features(key, batch.build().toByteArray(), null), now);
    }

    private Arrival send(WeightChunk.Builder chunk) {
        byte[] key = Keys.layer(chunk.getRun(), chunk.getLayer().getName());
        return stage.weights(reader.weights(key, chunk.build().toByteArray(), null), now);
    }

    private void assertRejected(Message.Builder record, Reason reason, String message) {
        assertThatThrownBy(() -> {
                    if (record instanceof FeatureBatch.Builder batch) {
                        send(batch);
                    } else {
                        send((WeightChunk.Builder) record);
                    }
                })
                .isInstanceOf(InvalidRecordException.class)
                .hasMessageContaining(message)
                .hasFieldOrPropertyWithValue("reason", reason);
    }

    /** The metrics of the first parts of a step from one accumulator, with its weights or without. */
    private static Map<String, Double> oracle(long step, int parts, boolean withWeights) {
        try (LayerAccumulator accumulator =
                new LayerAccumulator(Records.CLASSES, Records.DIMENSION, false, AccumulatorLimits.DEFAULT)) {
            Batch batch = new Batch();
            Workspace workspace = new Workspace();
            for (int part = 0; part < parts; part++) {
                FeatureBatch message = Records.features(step, part, parts).build();
                int[] labels = ints(message.getLabelsList());
                int[] predicted = ints(message.getPredictedLabelsList());
                batch.load(Records.rows(step, part), Records.ROWS, Records.DIMENSION, labels, predicted, part);
                accumulator.observe(batch, workspace);
            }
            WeightChunk chunk = Records.weights(step).build();
            WeightAssembler weights = new WeightAssembler(chunk, Records.DIMENSION);
            weights.add(
                    chunk,
                    TensorView.of("weights", chunk.getWeights()),
                    TensorView.of("bias", chunk.getBias()).toDoubles());
            Map<String, Double> metrics = new TreeMap<>();
            LayerMetrics.of(accumulator.statistics(), withWeights ? weights.weights() : null)
                    .metrics()
                    .values()
                    .forEach((Metric metric, Double value) -> metrics.put(metric.exportedName(), value));
            return metrics;
        }
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    private static <T> List<List<T>> permutations(List<T> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<T>> all = new ArrayList<>();
        for (T first : items) {
            List<T> rest = new ArrayList<>(items);
            rest.remove(first);
            for (List<T> tail : permutations(rest)) {
                List<T> order = new ArrayList<>(List.of(first));
                order.addAll(tail);
                all.add(order);
            }
        }
        return all;
    }
}
