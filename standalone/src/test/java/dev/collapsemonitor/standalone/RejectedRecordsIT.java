package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records that break the contract, through a real broker: each is a dead letter with its reason, counted exactly; the
 * monitor runs on, and other runs do not notice.
 */
class RejectedRecordsIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 3;
    private static final String REJECTED = "collapse_records_rejected_total";
    private static final String GOOD = "good run";

    /** A record that must be rejected. */
    private record Bad(String name, Reason reason, ProducerRecord<byte[], byte[]> record) {
        @Override
        public String toString() {
            return name;
        }
    }

    @TempDir
    static Path directory;

    private static final List<Bad> UNUSABLE = new ArrayList<>();
    /** Their identity is sound, their content is not: the other parts of their snapshots are good. */
    private static final List<Bad> SPOILT_PARTS = new ArrayList<>();

    private static LiveMonitor live;
    private static List<ConsumerRecord<byte[], byte[]>> letters;

    @BeforeAll
    static void sendThemAll() {
        prepareUnusable();
        prepareSpoiltParts();
        live = LiveMonitor.start(directory);
        List<ProducerRecord<byte[], byte[]>> good = LAYER.records(GOOD, 1, 1, PARTS);
        good.subList(0, 3).forEach(live::send);
        UNUSABLE.forEach(bad -> live.send(bad.record()));
        for (Bad bad : SPOILT_PARTS) {
            List<ProducerRecord<byte[], byte[]>> records = LAYER.records(bad.name(), 1, 1, PARTS);
            records.set(1, bad.record());
            records.forEach(live::send);
        }
        good.subList(3, good.size()).forEach(live::send);
        int expected = UNUSABLE.size() + SPOILT_PARTS.size();
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(total(live.scrape())).isEqualTo(expected));
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> letters = live.records(Topic.DEAD_LETTERS), found -> found.size() >= expected);
        live.awaitHistory(GOOD, "fc", 1);
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    private static void prepareUnusable() {
        byte[] noise = new byte[200];
        new Random(1).nextBytes(noise);
        noise[0] = (byte) 0xff; // no field has this tag
        byte[] sound = LAYER.features("truncated", 1, 1, 1).get(0).toByteArray();
        unusable("random bytes", Reason.UNREADABLE, Topic.FEATURES, noise);
        unusable("random bytes as weights", Reason.UNREADABLE, Topic.WEIGHTS, noise);
        unusable("random bytes as descriptor", Reason.UNREADABLE, Topic.RUNS, noise);
        unusable("random bytes as progress", Reason.UNREADABLE, Topic.PROGRESS, noise);
        unusable("truncated", Reason.UNREADABLE, Topic.FEATURES, Arrays.copyOf(sound, sound.length - 10));
        unusable("null value", Reason.EMPTY, Topic.FEATURES, null);
        unusable("null weights", Reason.EMPTY, Topic.WEIGHTS, null);
        for (Topic topic : List.of(Topic.FEATURES, Topic.WEIGHTS, Topic.RUNS, Topic.PROGRESS)) {
            unusable("one byte on " + topic, Reason.UNREADABLE, topic, new byte[] {8});
            unusable("empty on " + topic, Reason.EMPTY, topic, new byte[0]);
        }

        features("attempt 0", Reason.INVALID_IDENTITY, batch -> batch.setAttempt(0));
        features("negative step", Reason.INVALID_IDENTITY, batch -> batch.setStep(-1));
        features("part beyond the last", Reason.INVALID_IDENTITY, batch -> batch.setPart(PARTS));
        features("parts without end", Reason.INVALID_IDENTITY, batch -> batch.setParts(Integer.MAX_VALUE));
        features("no parts", Reason.INVALID_IDENTITY, batch -> batch.setParts(0));
        features(
                "layer name of 10 kB",
                Reason.INVALID_NAME,
                batch -> batch.setLayer(batch.getLayer().toBuilder().setName("l".repeat(10_000))));
        features("no mode", Reason.INVALID_IDENTITY, batch -> batch.setMode(Mode.MODE_UNSPECIFIED));
        features("other key", Reason.INVALID_IDENTITY, batch -> batch.setRun("somebody else"));
        features("slash in the run", Reason.INVALID_NAME, batch -> batch.setRun("a/b"));
        features("control character", Reason.INVALID_NAME, batch -> batch.setRun("a\nb"));
        weights(
                "NaN in weights",
                Reason.NOT_FINITE,
                chunk -> chunk.setWeights(withFirst(chunk.getWeights(), Float.NaN)));
        weights("classifier of other rows", Reason.SHAPE, chunk -> chunk.setRows(MadeUpLayer.CLASSES + 1));
        weights("weights of no rows", Reason.EMPTY, chunk -> chunk.setWeights(dims(chunk.getWeights(), 0, 8)));
        weights(
                "weights of an unknown type",
                Reason.DATA_TYPE,
                chunk -> chunk.setWeights(chunk.getWeights().toBuilder().setDataTypeValue(7)));
        weights(
                "weights beyond the payload",
                Reason.INVALID_TENSOR,
                chunk -> chunk.setWeights(dims(chunk.getWeights(), 1L << 31, 8)));
        weights(
                "weights of 2^40 rows",
                Reason.SHAPE,
                chunk -> chunk.setRows(1L << 40)
                        .setLayer(chunk.getLayer().toBuilder().setClassifier(false))
                        .clearBias());
        weights("weights of one class", Reason.CLASS_COUNT, chunk -> chunk.setClasses(1));

        ProducerRecord<byte[], byte[]> future = MadeUpLayer.record(
                Topic.FEATURES,
                "schema of the future",
                LAYER.features("schema of the future", 1, 1, 1).get(0).toByteArray());
        future.headers().add(RecordHeaders.SCHEMA_VERSION, "99".getBytes(StandardCharsets.UTF_8));
        UNUSABLE.add(new Bad("schema of the future", Reason.SCHEMA_VERSION, future));
        RunDescriptor.Builder talkative =
                RunDescriptor.newBuilder().setRun("talkative").setAttempt(1);
        for (int i = 0; i < 1_000; i++) {
            talkative.putHyperparameters("h" + i, "1");
        }
        unusable("talkative", Reason.LIMIT, Topic.RUNS, talkative.build().toByteArray());
        unusable(
                "descriptor without attempt",
                Reason.INVALID_IDENTITY,
                Topic.RUNS,
                RunDescriptor.newBuilder()
                        .setRun("descriptor without attempt")
                        .build()
                        .toByteArray());
        unusable(
                "progress without event",
                Reason.INVALID_IDENTITY,
                Topic.PROGRESS,
                Progress.newBuilder()
                        .setRun("progress without event")
                        .setAttempt(1)
                        .build()
                        .toByteArray());
    }

    private static void prepareSpoiltParts() {
        spoilt("label K", Reason.LABEL_RANGE, batch -> batch.setLabels(3, MadeUpLayer.CLASSES));
        spoilt("negative label", Reason.LABEL_RANGE, batch -> batch.setLabels(3, -1));
        spoilt("predicted label K", Reason.LABEL_RANGE, batch -> batch.setPredictedLabels(3, MadeUpLayer.CLASSES));
        spoilt("too few labels", Reason.SHAPE, batch -> batch.clearLabels().addLabels(1));
        spoilt("NaN", Reason.NOT_FINITE, batch -> batch.setFeatures(withFirst(batch.getFeatures(), Float.NaN)));
        spoilt(
                "infinity",
                Reason.NOT_FINITE,
                batch -> batch.setFeatures(withFirst(batch.getFeatures(), Float.NEGATIVE_INFINITY)));
        spoilt("one class", Reason.CLASS_COUNT, batch -> batch.setClasses(1));
        spoilt("other number of classes", Reason.CLASS_COUNT, batch -> batch.setClasses(MadeUpLayer.CLASSES + 1));
        spoilt("too many classes", Reason.CLASS_COUNT, batch -> batch.setClasses(1_000_000));
        spoilt(
                "other columns than declared",
                Reason.SHAPE,
                batch -> batch.setFeatures(dims(batch.getFeatures(), MadeUpLayer.ROWS / PARTS * 2L, 4)));
        spoilt(
                "columns changed",
                Reason.SHAPE,
                batch -> batch.setFeatures(dims(batch.getFeatures(), MadeUpLayer.ROWS / PARTS / 2, 16))
                        .setLayer(batch.getLayer().toBuilder().setFeatureDim(16))
                        .clearPredictedLabels()
                        .clearLabels()
                        .addAllLabels(List.of(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3)));
        spoilt("no rows", Reason.EMPTY, batch -> batch.setFeatures(dims(batch.getFeatures(), 0, 8)));
        spoilt(
                "rows beyond the payload",
                Reason.INVALID_TENSOR,
                batch -> batch.setFeatures(dims(batch.getFeatures(), 1 << 20, 8)));
        spoilt(
                "dims overflow",
                Reason.INVALID_TENSOR,
                batch -> batch.setFeatures(dims(batch.getFeatures(), 1L << 40, 1L << 40)));
        spoilt("2^31 rows", Reason.INVALID_TENSOR, batch -> batch.setFeatures(dims(batch.getFeatures(), 1L << 31, 8)));
        spoilt(
                "2^31 columns",
                Reason.INVALID_TENSOR,
                batch -> batch.setFeatures(dims(batch.getFeatures(), 8, 1L << 31))
                        .setLayer(batch.getLayer().toBuilder().setFeatureDim(1L << 31)));
        spoilt("negative dims", Reason.INVALID_TENSOR, batch -> batch.setFeatures(dims(batch.getFeatures(), -1, -8)));
        spoilt(
                "unknown data type",
                Reason.DATA_TYPE,
                batch -> batch.setFeatures(batch.getFeatures().toBuilder().setDataTypeValue(7)));
        spoilt(
                "float64 among float32",
                Reason.DATA_TYPE,
                batch -> batch.setFeatures(
                        TensorCodec.doubles(new double[MadeUpLayer.ROWS / PARTS * 8], MadeUpLayer.ROWS / PARTS, 8)));
    }

    private static void unusable(String name, Reason reason, Topic topic, byte[] value) {
        boolean ofRun = topic == Topic.RUNS || topic == Topic.PROGRESS;
        byte[] key = ofRun ? name.getBytes(StandardCharsets.UTF_8) : MadeUpLayer.key(name);
        UNUSABLE.add(new Bad(name, reason, new ProducerRecord<>(topic.topicName(), key, value)));
    }

    private static void features(String name, Reason reason, Consumer<FeatureBatch.Builder> spoil) {
        FeatureBatch.Builder batch = LAYER.features(name, 1, 1, PARTS).get(0).toBuilder();
        spoil.accept(batch);
        unusable(name, reason, Topic.FEATURES, batch.build().toByteArray());
    }

    private static void weights(String name, Reason reason, Consumer<WeightChunk.Builder> spoil) {
        WeightChunk.Builder chunk = LAYER.weights(name, 1, 1).get(0).toBuilder();
        spoil.accept(chunk);
        unusable(name, reason, Topic.WEIGHTS, chunk.build().toByteArray());
    }

    private static void spoilt(String name, Reason reason, Consumer<FeatureBatch.Builder> spoil) {
        FeatureBatch.Builder batch = LAYER.features(name, 1, 1, PARTS).get(1).toBuilder();
        spoil.accept(batch);
        SPOILT_PARTS.add(new Bad(
                name,
                reason,
                MadeUpLayer.record(Topic.FEATURES, name, batch.build().toByteArray())));
    }

    private static Tensor withFirst(Tensor tensor, float value) {
        byte[] bytes = tensor.getRawData().toByteArray();
        System.arraycopy(MadeUpLayer.floats(value), 0, bytes, 0, Float.BYTES);
        return tensor.toBuilder()
                .setDataType(DataType.FLOAT)
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    private static Tensor dims(Tensor tensor, long rows, long columns) {
        return tensor.toBuilder().clearDims().addDims(rows).addDims(columns).build();
    }

    static List<Bad> all() {
        List<Bad> all = new ArrayList<>(UNUSABLE);
        all.addAll(SPOILT_PARTS);
        return all;
    }

    static List<Bad> spoiltParts() {
        return SPOILT_PARTS;
    }

    @Test
    void eachIsADeadLetterAsReceivedWithTopicReasonAndOneLine() {
        SoftAssertions softly = new SoftAssertions();
        for (Bad bad : all()) {
            List<ConsumerRecord<byte[], byte[]>> found = letters.stream()
                    .filter(letter -> Arrays.equals(letter.key(), bad.record().key()))
                    .toList();
            softly.assertThat(found).as(bad.name()).singleElement().satisfies(letter -> {
                softly.assertThat(letter.value())
                        .as("value of %s", bad.name())
                        .isEqualTo(bad.record().value());
                softly.assertThat(header(letter, RecordHeaders.REJECT_REASON))
                        .as("reason of %s", bad.name())
                        .isEqualTo(bad.reason().label());
                softly.assertThat(header(letter, RecordHeaders.REJECT_TOPIC))
                        .as("topic of %s", bad.name())
                        .isEqualTo(bad.record().topic());
                softly.assertThat(header(letter, RecordHeaders.REJECT_MESSAGE))
                        .as("message of %s", bad.name())
                        .isNotBlank()
                        .hasLineCount(1);
            });
        }
        softly.assertAll();
        assertThat(letters).hasSize(all().size());
    }

    @Test
    void theCountsPerReasonAreExact() {
        Map<Reason, Integer> expected = new EnumMap<>(Reason.class);
        all().forEach(bad -> expected.merge(bad.reason(), 1, Integer::sum));
        Exposition scrape = live.scrape();
        SoftAssertions softly = new SoftAssertions();
        for (Reason reason : Reason.values()) {
            boolean othersTest = reason == Reason.LATE || reason == Reason.CONFLICT;
            if (!othersTest) {
                softly.assertThat(scrape.value(REJECTED, Map.of("reason", reason.label())))
                        .as(reason.label())
                        .isEqualTo(expected.getOrDefault(reason, 0).doubleValue());
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @MethodSource("spoiltParts")
    void aSnapshotOneOfWhosePartsWasRejectedClosesWithTheCoverageOfTheOthers(Bad bad) {
        JsonNode entry = live.awaitHistory(bad.name(), "fc", 1).get(0);
        assertThat(entry.path("coverage").asDouble()).isEqualTo((PARTS - 1.0) / PARTS);
        assertThat(entry.path("samples").asInt()).isEqualTo(MadeUpLayer.ROWS / PARTS * (PARTS - 1));
        assertThat(LiveMonitor.metrics(entry)).containsKeys("nc1", "nc3");
        assertThat(live.scrape().value("collapse_snapshot_coverage", Map.of("run", bad.name())))
                .isEqualTo((PARTS - 1.0) / PARTS);
        boolean diverged = bad.reason() == Reason.NOT_FINITE;
        assertStatus(bad.name(), diverged ? "DIVERGED" : "RUNNING");
    }

    @Test
    void aRunWhoseWeightsAreNotFiniteHasDiverged() {
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(
                                live.run("NaN in weights").path("status").asText())
                        .isEqualTo("DIVERGED"));
        assertStatus("NaN in weights", "DIVERGED");
    }

    @Test
    void nothingElseBecameARun() {
        List<String> runs = new ArrayList<>(List.of(GOOD, "NaN in weights"));
        SPOILT_PARTS.forEach(bad -> runs.add(bad.name()));
        List<String> tests = List.of("late", "conflict");
        assertThat(live.runs())
                .extracting(run -> run.path("run").asText())
                .filteredOn(run -> !tests.contains(run))
                .containsExactlyInAnyOrderElementsOf(runs);
    }

    @Test
    void theRejectedRecordsOfARunAreVisibleAndThoseOfNoRunMakeNoSeries() {
        await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
            Exposition scrape = live.scrape();
            for (Bad bad : SPOILT_PARTS) {
                assertThat(scrape.value("collapse_run_rejected_records_total", Map.of("run", bad.name())))
                        .as(bad.name())
                        .isEqualTo(1);
            }
            assertThat(scrape.value("collapse_run_rejected_records_total", Map.of("run", GOOD)))
                    .isZero();
        });
        SPOILT_PARTS.forEach(bad -> assertThat(live.run(bad.name())
                        .path("rejected_records")
                        .path(bad.reason().label())
                        .asInt())
                .isEqualTo(1));
    }

    @Test
    void aRunAroundThemIsUnaffectedAndTheMonitorRunsOn() {
        JsonNode entry = live.history(GOOD, "fc").get(0);
        assertThat(entry.path("coverage").asDouble()).isEqualTo(1);
        assertStatus(GOOD, "RUNNING");
        assertThat(live.ready()).isTrue();
        LAYER.records(GOOD, 1, 2, PARTS).forEach(live::send);
        JsonNode next = live.awaitHistory(GOOD, "fc", 2).get(1);
        MetricsAgreement.assertAgree("step 2", LiveMonitor.metrics(next), LiveMonitor.metrics(entry), 1e-9);
    }

    @Test
    void otherContentOfAPartThatArrivedIsAConflictAndChangesNothing() {
        String run = "conflict";
        List<ProducerRecord<byte[], byte[]>> records = LAYER.records(run, 1, 1, PARTS);
        ProducerRecord<byte[], byte[]> other =
                new MadeUpLayer(2).records(run, 1, 1, PARTS).get(1);
        double conflicts = rejected(Reason.CONFLICT);
        live.send(records.get(0));
        live.send(records.get(1));
        live.send(other); // while it is open
        records.subList(2, records.size()).forEach(live::send);
        JsonNode history = live.awaitHistory(run, "fc", 1);
        live.send(other); // and once it is closed
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(rejected(Reason.CONFLICT)).isEqualTo(conflicts + 2));
        assertThat(live.history(run, "fc")).isEqualTo(history);
        assertThat(history.get(0).path("coverage").asDouble()).isEqualTo(1);
    }

    @Test
    void aPartThatComesAfterItsSnapshotWasOvertakenIsLateAndChangesNothing() {
        String run = "late";
        List<ProducerRecord<byte[], byte[]>> first = LAYER.records(run, 1, 1, PARTS);
        double late = rejected(Reason.LATE);
        first.subList(1, first.size()).forEach(live::send);
        for (int step = 2; step <= 3; step++) { // two newer ones begin
            live.send(LAYER.records(run, 1, step, PARTS).get(0));
        }
        JsonNode history = live.awaitHistory(run, "fc", 1);
        assertThat(history.get(0).path("coverage").asDouble()).isEqualTo((PARTS - 1.0) / PARTS);
        live.send(first.get(0));
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(rejected(Reason.LATE)).isEqualTo(late + 1));
        assertThat(live.history(run, "fc")).isEqualTo(history);
    }

    private static void assertStatus(String run, String status) {
        assertThat(live.run(run).path("status").asText()).isEqualTo(status);
        List<Exposition.Series> states = live.scrape().having(Map.of("run", run)).stream()
                .filter(series -> series.name().equals("collapse_run_status"))
                .toList();
        assertThat(states).hasSize(5);
        assertThat(states)
                .filteredOn(state -> state.value() == 1)
                .extracting(state -> state.labels().get("collapse_run_status"))
                .containsExactly(status);
    }

    private static double rejected(Reason reason) {
        return live.scrape().value(REJECTED, Map.of("reason", reason.label()));
    }

    private static double total(Exposition scrape) {
        return scrape.series().stream()
                .filter(series -> series.name().equals(REJECTED))
                .mapToDouble(Exposition.Series::value)
                .sum();
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}
