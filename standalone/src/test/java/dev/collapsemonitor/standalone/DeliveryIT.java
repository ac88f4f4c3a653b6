package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One snapshot, delivered through a real broker in every order, twice, and around a restart of the monitor. */
class DeliveryIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 6;
    private static final double ROUNDING = 1e-9;

    @TempDir
    static Path directory;

    private static LiveMonitor live;
    private static Map<String, Double> inOrder;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory);
        LAYER.records("in order", 1, 1, PARTS).forEach(live::send);
        inOrder = LiveMonitor.metrics(live.awaitHistory("in order", "fc", 1).get(0));
        assertThat(inOrder).containsKeys("nc1", "nc3", "nc4");
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    static Stream<Arguments> orders() {
        return Stream.of(
                order("weights first", records -> Collections.rotate(records, 2)),
                order("weights in the middle", records -> Collections.rotate(records.subList(3, PARTS + 2), 2)),
                order("weights around the features", records -> Collections.rotate(records, 1)),
                order("backwards", Collections::reverse),
                order("shuffled once", records -> Collections.shuffle(records, new Random(1))),
                order("shuffled otherwise", records -> Collections.shuffle(records, new Random(2))));
    }

    private static Arguments order(String name, Consumer<List<ProducerRecord<byte[], byte[]>>> reorder) {
        UnaryOperator<List<ProducerRecord<byte[], byte[]>>> order = records -> {
            List<ProducerRecord<byte[], byte[]>> copy = new ArrayList<>(records);
            reorder.accept(copy);
            return copy;
        };
        return Arguments.of(name, order);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("orders")
    void theResultIsTheSameWhateverTheOrder(String run, UnaryOperator<List<ProducerRecord<byte[], byte[]>>> order) {
        order.apply(LAYER.records(run, 1, 1, PARTS)).forEach(live::send);
        JsonNode entry = live.awaitHistory(run, "fc", 1).get(0);
        assertThat(entry.path("coverage").asDouble()).isEqualTo(1);
        MetricsAgreement.assertAgree(run, LiveMonitor.metrics(entry), inOrder, ROUNDING);
        assertOneResultOfStep1(run);
    }

    @Test
    void everyPartTwiceGivesTheSameResultOnce() {
        String run = "twice";
        double duplicates = duplicates();
        List<ProducerRecord<byte[], byte[]>> records = LAYER.records(run, 1, 1, PARTS);
        List<ProducerRecord<byte[], byte[]>> features = new ArrayList<>(records.subList(0, PARTS));
        features.addAll(records.subList(0, PARTS));
        Collections.shuffle(features, new Random(3));
        List<ProducerRecord<byte[], byte[]>> weights = records.subList(PARTS, records.size());

        weights.forEach(live::send);
        features.forEach(live::send);
        weights.forEach(live::send);
        JsonNode entry = live.awaitHistory(run, "fc", 1).get(0);
        MetricsAgreement.assertAgree(run, LiveMonitor.metrics(entry), inOrder, ROUNDING);
        // Once it is closed, too.
        records.forEach(live::send);
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(duplicates()).isEqualTo(duplicates + 2 * records.size()));
        assertOneResultOfStep1(run);
        assertThat(duplicates()).isEqualTo(duplicates + 2 * records.size());
    }

    @Test
    void snapshotsWhosePartsInterleaveBothComplete() {
        String run = "interleaved";
        List<ProducerRecord<byte[], byte[]>> first = LAYER.records(run, 1, 1, PARTS);
        List<ProducerRecord<byte[], byte[]>> second = LAYER.records(run, 1, 2, PARTS);
        for (int i = 0; i < first.size(); i++) {
            live.send(second.get(second.size() - 1 - i));
            live.send(first.get(i));
        }
        for (JsonNode entry : live.awaitHistory(run, "fc", 2)) {
            MetricsAgreement.assertAgree(run, LiveMonitor.metrics(entry), inOrder, ROUNDING);
        }
    }

    @Test
    void aTrainersClockDecidesNothing() {
        List<Long> times = List.of(
                System.currentTimeMillis() + 3_600_000,
                0L,
                Instant.parse("2100-01-01T00:00:00Z").toEpochMilli(),
                System.currentTimeMillis() - 3_600_000);
        live.send(LAYER.records("of another clock", 1, 1, PARTS).get(0)); // open all the while
        for (int step = 1; step <= times.size(); step++) {
            long time = times.get(step - 1);
            LAYER.records("clockless", 1, step, PARTS).forEach(record -> live.send(at(time, record)));
        }
        for (JsonNode entry : live.awaitHistory("clockless", "fc", times.size())) {
            assertThat(entry.path("coverage").asDouble()).isEqualTo(1);
            MetricsAgreement.assertAgree("clockless", LiveMonitor.metrics(entry), inOrder, ROUNDING);
        }
        assertThat(live.results("clockless")).extracting(LayerResult::getStep).containsExactly(1L, 2L, 3L, 4L);
        assertThat(live.results("of another clock")).isEmpty();
        assertThat(live.scrape().value("collapse_last_record_timestamp_seconds", Map.of("run", "clockless")))
                .as("the broker's time")
                .isBetween(times.get(3) / 1000.0, times.get(0) / 1000.0);
    }

    private static ProducerRecord<byte[], byte[]> at(long millis, ProducerRecord<byte[], byte[]> record) {
        return new ProducerRecord<>(record.topic(), null, millis, record.key(), record.value());
    }

    @Test
    void aRestartOnTheSameStateShowsTheSameRunsAndHistoriesWithoutPublishingAgain() {
        String run = "before the restart";
        live.send(
                Topic.RUNS,
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setExperiment("kept")
                        .setAttempt(2)
                        .setDataset("made up")
                        .addLayers(MadeUpLayer.layer())
                        .putHyperparameters("width", "8")
                        .build());
        LAYER.records(run, 1, 1, PARTS).forEach(live::send);
        for (int step = 1; step <= 3; step++) {
            LAYER.records(run, 2, step, PARTS).forEach(live::send);
            live.send(Topic.PROGRESS, Keys.run(run), progress(run, step, ProgressEvent.HEARTBEAT));
        }
        live.send(Topic.PROGRESS, Keys.run(run), progress(run, 3, ProgressEvent.FINISHED));
        live.awaitHistory(run, "fc", 4);
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(run).path("status").asText().equals("FINISHED"));

        JsonNode runs = live.runs();
        JsonNode history = live.history(run, "fc");
        JsonNode progress = live.progress(run);
        List<Exposition.Series> series = live.scrape().having(Map.of("run", run));
        int results = live.results(run).size();
        assertThat(runs.size()).isGreaterThan(1);
        assertThat(progress).hasSize(3);
        assertThat(series).isNotEmpty();

        live.restartMonitor();

        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(live.runs()).isEqualTo(runs));
        assertThat(live.history(run, "fc")).isEqualTo(history);
        assertThat(live.progress(run)).isEqualTo(progress);
        assertThat(live.scrape().having(Map.of("run", run))).isEqualTo(series);
        assertThat(live.results(run)).hasSize(results);

        // And it goes on where it was.
        LAYER.records(run, 2, 4, PARTS).forEach(live::send);
        assertThat(live.awaitHistory(run, "fc", 5)).hasSize(5);
    }

    private static Progress progress(String run, int step, ProgressEvent event) {
        return Progress.newBuilder()
                .setRun(run)
                .setAttempt(2)
                .setEvent(event)
                .setStep(step)
                .setEpoch(step / 10.0)
                .setLoss(1.0 / step)
                .setAccuracy(1 - 0.5 / step)
                .setLearningRate(0.1)
                .build();
    }

    /** Publishes step 2 in order: what step 1 may still bring forth comes before its result. */
    private static void assertOneResultOfStep1(String run) {
        LAYER.records(run, 1, 2, PARTS).forEach(live::send);
        live.awaitHistory(run, "fc", 2);
        assertThat(live.results(run)).extracting(LayerResult::getStep).containsExactly(1L, 2L);
    }

    private static double duplicates() {
        return live.scrape().value("collapse_records_duplicate_total");
    }
}
