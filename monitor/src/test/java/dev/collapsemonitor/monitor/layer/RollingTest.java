package dev.collapsemonitor.monitor.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage.Arrival;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.RunFate;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rolling statistics against the directly weighted computation. */
class RollingTest {
    private static final double HALF_LIFE = 40;
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Set<String> SUMS = Set.of(
            "tcv",
            "tcv_relative",
            "nc1",
            "nc1_quotient",
            "cdnv",
            "vci",
            "snr_min",
            "snr_max",
            "class_mean_rank",
            "nc2_etf_means",
            "feature_norm",
            "error_rate");
    private static final Set<String> WITH_WEIGHTS =
            Set.of("nc0", "nc3", "nc3_etf", "nc3_floor", "nc2_etf_weights", "spectral_norm", "low_rank_ratio");

    private final List<LayerResult> emitted = new ArrayList<>();
    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private LayerStage stage = stage(new RollingSettings(HALF_LIFE, 10, INTERVAL));
    private long now = 1_000_000;

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aRollingResultIsTheDirectlyWeightedComputation() {
        send(weights(0));
        for (int step = 0; step <= 200; step += 5) {
            now += 1000;
            assertThat(send(features(step))).isEqualTo(Arrival.MERGED);
        }

        LayerResult last = emitted.get(emitted.size() - 1);
        assertThat(last.getMode()).isEqualTo(Mode.ROLLING);
        assertThat(last.getStep()).isEqualTo(200);
        assertThat(last.getEpoch()).isEqualTo(20);
        assertThat(last.getCoverage()).isEqualTo(1);
        assertAgrees(last, oracle(0, 200, 5, HALF_LIFE), SUMS, 1e-8);
        assertAgrees(last, oracle(0, 200, 5, HALF_LIFE), WITH_WEIGHTS, 1e-9);
        assertThat(last.getMetricsMap().get("weights_age_steps")).isEqualTo(200);
    }

    @Test
    void withoutForgettingItEqualsTheSnapshotOfTheSameRows() {
        stage.close();
        stage = stage(new RollingSettings(Double.POSITIVE_INFINITY, 1, INTERVAL));
        send(weights(0));
        for (int part = 0; part < 4; part++) {
            now += 1000;
            send(features(part)
                    .setFeatures(TensorCodec.floats(Records.rows(7, part), Records.ROWS, Records.DIMENSION)));
        }
        Map<String, Double> rolling = new TreeMap<>(emitted.get(3).getMetricsMap());
        assertThat(rolling.remove("weights_age_steps")).isEqualTo(3);

        emitted.clear();
        send(Records.weights(0).setStep(7));
        for (int part = 0; part < 4; part++) {
            send(Records.features(7, part, 4).setWeightsFollow(true));
        }
        assertThat(emitted).hasSize(1);
        Map<String, Double> snapshot = emitted.get(0).getMetricsMap();
        assertThat(rolling.keySet()).isEqualTo(snapshot.keySet());
        snapshot.forEach((name, value) ->
                assertThat(rolling.get(name)).as(name).isCloseTo(value, within(1e-12 * Math.max(1, Math.abs(value)))));
    }

    @Test
    void resultsComeEverySoManyStepsAndNotMoreOftenThanTheInterval() {
        for (int step = 0; step < 100; step++) {
            now += 10; // a hundred steps a second
            send(features(step));
        }
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(0L);

        now += 1000;
        send(features(100));
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(0L, 100L);
        now += 1000;
        send(features(105));
        assertThat(emitted).hasSize(2); // five steps later is too soon
        send(features(110));
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(0L, 100L, 110L);
    }

    @Test
    void whatCameLastIsEmittedWhenNothingFollows() {
        send(features(0));
        send(features(3));
        assertThat(emitted).hasSize(1);

        stage.tick(now + 999, 0);
        assertThat(emitted).hasSize(1);
        stage.tick(now + 1000, 0);
        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(0L, 3L);
        stage.tick(now + 5000, 0);
        assertThat(emitted).hasSize(2);
    }

    @Test
    void theEndOfTheRunEmitsWhatCameLastAndGivesTheMemoryBack() {
        send(features(0));
        send(features(3));
        send(features(6));
        assertThat(stage.accumulatorBytes()).isPositive();
        end(1);
        stage.tick(now, 2001);

        assertThat(emitted).extracting(LayerResult::getStep).containsExactly(0L, 6L);
        assertAgrees(emitted.get(1), oracle(0, 6, 3, HALF_LIFE), SUMS, 1e-8);
        assertThat(stage.accumulatorBytes()).isZero();
        assertThat(send(features(6))).as("delivered again").isEqualTo(Arrival.DUPLICATE);
        assertThat(stage.accumulatorBytes()).isZero();
    }

    @Test
    void aNewerAttemptIsNotEndedByTheEndOfAnOlderOne() {
        send(features(0).setAttempt(2));
        end(1);
        stage.tick(now, 2001);
        assertThat(stage.accumulatorBytes()).isPositive();
    }

    private void end(int attempt) {
        stage.control(
                LayerControl.newBuilder()
                        .setRun("r")
                        .setLayer("fc")
                        .setFate(RunFate.ENDED)
                        .setAttempt(attempt)
                        .build(),
                now);
    }

    @Test
    void aRedeliveredBatchChangesNothing() {
        for (int step = 0; step <= 20; step += 10) {
            now += 1000;
            send(features(step));
            assertThat(send(features(step))).isEqualTo(Arrival.DUPLICATE);
        }
        assertThat(send(features(0))).isEqualTo(Arrival.DUPLICATE);
        assertThat(send(features(10))).isEqualTo(Arrival.DUPLICATE);

        assertThat(emitted).hasSize(3);
        assertAgrees(emitted.get(2), oracle(0, 20, 10, HALF_LIFE), SUMS, 1e-8);
    }

    @Test
    void theNewestStepWithOtherContentIsAConflict() {
        send(features(10));
        assertRejected(features(10).setEpoch(3), Reason.CONFLICT);
    }

    @Test
    void aStepMayComeInSeveralParts() {
        send(features(10).setParts(2));
        assertThat(send(part(10, 1))).isEqualTo(Arrival.MERGED);
        assertThat(send(part(10, 1))).isEqualTo(Arrival.DUPLICATE);
        now += 1000;
        send(features(20));
        assertThat(emitted.get(1).getSamples()).isEqualTo(3 * Records.ROWS);
    }

    @Test
    void weightsAreThoseOfTheNewestStepUpToTheFeatures() {
        send(weights(0));
        send(weights(10));
        send(weights(30));
        send(features(20));
        assertThat(emitted.get(0).getMetricsMap().get("weights_age_steps")).isEqualTo(10);
        assertAgrees(emitted.get(0), oracle(10, 20, 20, 10), Set.of("nc0", "spectral_norm"), 1e-9);

        now += 1000;
        send(features(40));
        assertThat(emitted.get(1).getMetricsMap().get("weights_age_steps")).isEqualTo(10);
    }

    @Test
    void weightsOfASnapshotServeRollingStatisticsToo() {
        send(Records.weights(10));
        send(features(20));
        assertThat(emitted.get(0).getMetricsMap().get("weights_age_steps")).isEqualTo(10);
    }

    @Test
    void withoutWeightsTheReasonIsGiven() {
        send(weights(30));
        send(features(20));
        assertThat(emitted.get(0).getMetricsMap()).doesNotContainKeys("nc0", "weights_age_steps");
        assertThat(emitted.get(0).getUndefinedMap())
                .containsEntry("nc0", "no complete weights of step 20 or before arrived")
                .containsEntry("weights_age_steps", "no complete weights of step 20 or before arrived");
    }

    @Test
    void aNewAttemptStartsAfreshAndAnOlderOneIsLate() {
        send(features(10));
        now += 1000;
        send(features(5).setAttempt(2));
        assertThat(emitted.get(1).getAttempt()).isEqualTo(2);
        assertThat(emitted.get(1).getSamples()).isEqualTo(Records.ROWS);
        assertRejected(features(20), Reason.LATE);
    }

    @Test
    void aRejectedBatchLowersTheCoverageAndNaNMarksTheRun() {
        send(features(0));
        now += 1000;
        float[] rows = Records.rows(10, 0);
        rows[3] = Float.NaN;
        assertRejected(
                features(10).setFeatures(TensorCodec.floats(rows, Records.ROWS, Records.DIMENSION)), Reason.NOT_FINITE);
        assertThat(emitted.get(1).getNotFinite()).isTrue();
        assertThat(emitted.get(1).getCoverage()).isZero();

        now += 1000;
        send(features(20));
        assertThat(emitted.get(2).getNotFinite()).isFalse();
        assertThat(emitted.get(2).getCoverage()).isEqualTo(1);
    }

    @Test
    void rowsOfAnotherShapeAreRejected() {
        send(features(0));
        assertRejected(features(10).setClasses(4), Reason.CLASS_COUNT);
        double[] doubles = new double[Records.ROWS * Records.DIMENSION];
        assertRejected(
                features(20).setFeatures(TensorCodec.doubles(doubles, Records.ROWS, Records.DIMENSION)),
                Reason.DATA_TYPE);
    }

    @Test
    void theSamplesOfNearestCentresAreThoseOfRecentBatches() {
        for (int step = 0; step <= 1000; step += 10) {
            now += 1000;
            send(features(step));
        }
        LayerResult last = emitted.get(emitted.size() - 1);
        assertThat(last.getSamples()).isEqualTo(101L * Records.ROWS);
        // Not more than a half-life of them.
        assertThat(last.getMetricsMap().get("nc4_samples")).isBetween(30.0, HALF_LIFE);
    }

    @Test
    void aWindowSurvivesAKillAndRedeliveredBatchesChangeNothing() throws IOException {
        Map<ByteBuffer, byte[]> log = new HashMap<>();
        stage.restore(new HashMap<>(), now);
        send(weights(0));
        for (int step = 0; step <= 50; step += 10) {
            now += 1000;
            send(features(step));
        }
        stage.flush((key, value) -> {
            if (value == null) {
                log.remove(ByteBuffer.wrap(key));
            } else {
                log.put(ByteBuffer.wrap(key), value);
            }
        });
        long bytes = stage.accumulatorBytes();
        send(features(60)); // after the last commit: lost with the process, and redelivered
        stage.close();
        emitted.clear();

        stage = stage(new RollingSettings(HALF_LIFE, 10, INTERVAL));
        assertThat(stage.restore(log, now).torn()).isZero();
        assertThat(stage.accumulatorBytes()).isEqualTo(bytes);
        assertThat(send(features(40))).isEqualTo(Arrival.DUPLICATE);
        assertThat(send(features(50))).isEqualTo(Arrival.DUPLICATE);
        for (int step = 60; step <= 100; step += 10) {
            now += 1000;
            assertThat(send(features(step))).isEqualTo(Arrival.MERGED);
        }

        LayerResult last = emitted.get(emitted.size() - 1);
        assertAgrees(last, oracle(0, 100, 10, HALF_LIFE), SUMS, 1e-8);
        assertAgrees(last, oracle(0, 100, 10, HALF_LIFE), WITH_WEIGHTS, 1e-9);
        assertThat(last.getMetricsMap().get("weights_age_steps")).isEqualTo(100);
        assertThat(last.getSamples()).isEqualTo(11L * Records.ROWS);
    }

    @Test
    void memoryIsReportedAndGivenBackWithANewAttempt() {
        send(features(0));
        long bytes = stage.accumulatorBytes();
        assertThat(bytes).isPositive();
        send(features(0).setAttempt(2));
        assertThat(stage.accumulatorBytes()).isEqualTo(bytes);
        stage.close();
        assertThat(stage.accumulatorBytes()).isZero();
    }

    private LayerStage stage(RollingSettings settings) {
        return new LayerStage(AccumulatorLimits.DEFAULT, Duration.ofMinutes(1), settings, emitted::add);
    }

    private static FeatureBatch.Builder features(long step) {
        return Records.features(step, 0, 1).setMode(Mode.ROLLING);
    }

    private static FeatureBatch.Builder part(long step, int part) {
        return Records.features(step, part, 2).setMode(Mode.ROLLING);
    }

    private static WeightChunk.Builder weights(long step) {
        return Records.weights(step).setMode(Mode.ROLLING);
    }

    private Arrival send(FeatureBatch.Builder batch) {
        byte[] key = Keys.layer(batch.getRun(), batch.getLayer().getName());
        return stage.features(reader.features(key, batch.build().toByteArray(), null), now);
    }

    private void send(WeightChunk.Builder chunk) {
        byte[] key = Keys.layer(chunk.getRun(), chunk.getLayer().getName());
        assertThat(stage.weights(reader.weights(key, chunk.build().toByteArray(), null), now))
                .isEqualTo(Arrival.MERGED);
    }

    private void assertRejected(FeatureBatch.Builder batch, Reason reason) {
        assertThatThrownBy(() -> send(batch))
                .isInstanceOf(InvalidRecordException.class)
                .hasFieldOrPropertyWithValue("reason", reason);
    }

    /** All batches from step 0 (or the last alone when {@code every} is the last), with the weights of a step. */
    private static Sample oracle(long weightsStep, int last, int every, double halfLife) {
        List<double[]> rows = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Integer> predicted = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int step = last == every ? last : 0; step <= last; step += every) {
            FeatureBatch batch = Records.features(step, 0, 1).build();
            float[] flat = Records.rows(step, 0);
            for (int i = 0; i < Records.ROWS; i++) {
                double[] row = new double[Records.DIMENSION];
                for (int j = 0; j < row.length; j++) {
                    row[j] = flat[i * row.length + j];
                }
                rows.add(row);
            }
            labels.addAll(batch.getLabelsList());
            predicted.addAll(batch.getPredictedLabelsList());
            sizes.add(Records.ROWS);
        }
        WeightChunk chunk = Records.weights(weightsStep).build();
        double[] flat = TensorView.of("weights", chunk.getWeights()).toDoubles();
        double[][] weights = new double[Records.CLASSES][];
        for (int k = 0; k < weights.length; k++) {
            weights[k] = Arrays.copyOfRange(flat, k * Records.DIMENSION, (k + 1) * Records.DIMENSION);
        }
        return Sample.of(rows.toArray(new double[0][]), ints(labels), Records.CLASSES)
                .withWeights(weights, TensorView.of("bias", chunk.getBias()).toDoubles(), Sample.Layer.CLASSIFIER)
                .withDecay(chunk.getWeightDecay(), Sample.Coupling.COUPLED, false)
                .withPredictions(ints(predicted))
                .withSampleWeights(SlowMetrics.rollingWeights(ints(sizes), halfLife));
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void assertAgrees(LayerResult result, Sample sample, Set<String> names, double tolerance) {
        SlowMetrics.Result expected = SlowMetrics.compute(sample, names);
        for (String name : names) {
            double want = expected.get(name);
            assertThat(result.getMetricsMap())
                    .as(name + " " + result.getUndefinedMap().get(name))
                    .containsKey(name);
            assertThat(result.getMetricsMap().get(name))
                    .as(name)
                    .isCloseTo(want, within(tolerance * Math.max(1, Math.abs(want))));
        }
    }
}
