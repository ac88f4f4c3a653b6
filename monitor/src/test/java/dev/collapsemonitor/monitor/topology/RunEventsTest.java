package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.EventHistory;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Status and phase changes on their topic. */
class RunEventsTest {
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

    /** Nothing is left to process. */
    private static final Intake CAUGHT_UP = partition -> 0;

    @TempDir
    private Path stateDir;

    private final MonitorMetrics metrics = new MonitorMetrics(new SimpleMeterRegistry());
    private RunDirectory directory = new RunDirectory();
    private TopologyTestDriver driver;
    private TestOutputTopic<byte[], byte[]> alerts;

    @BeforeEach
    void start() {
        driver = new TopologyTestDriver(
                MonitorTopology.build(
                        () -> new LayerProcessor(
                                metrics,
                                RollingSettings.DEFAULT,
                                new StateBudget(StateBudget.DEFAULT_BYTES),
                                MonitorConfig.StateSettings.DEFAULT_GRACE,
                                IngestLimits.DEFAULT,
                                CAUGHT_UP),
                        this::processor,
                        () -> new RejectProcessor(directory),
                        LayerStore.builder(metrics)),
                StreamsSettings.of(
                        new MonitorConfig(
                                "b:1",
                                "app",
                                stateDir,
                                "127.0.0.1",
                                0,
                                "",
                                1,
                                RollingSettings.DEFAULT,
                                MonitorConfig.StateSettings.DEFAULT,
                                MonitorConfig.Limits.DEFAULT,
                                Map.of()),
                        "id"),
                START);
        alerts = driver.createOutputTopic(
                Topic.ALERTS.topicName(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        pipe(Topic.RUNS, Records.descriptor(1).build().toByteArray());
    }

    private RunProcessor processor() {
        return new RunProcessor(directory, metrics, IngestLimits.DEFAULT, CAUGHT_UP, PhaseSettings.DEFAULT);
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void aRunThatRunsIsNoEventAndItsEndIsOne() {
        pipe(Topic.PROGRESS, Records.heartbeat(1, 10, 0.5).build().toByteArray());
        assertThat(alerts.isEmpty()).isTrue();
        pipe(
                Topic.PROGRESS,
                Records.progress(1, 20, ProgressEvent.FAILED)
                        .setReason("out of memory")
                        .build()
                        .toByteArray());

        TestRecord<byte[], byte[]> record = alerts.readRecord();
        assertThat(record.key()).isEqualTo(Records.runKey());
        Alert event = parse(record.value());
        assertThat(event.getSubject()).isEqualTo("status");
        assertThat(event.getFrom()).isEqualTo("RUNNING");
        assertThat(event.getTo()).isEqualTo("FAILED");
        assertThat(event.getReason()).isEqualTo("out of memory");
        assertThat(event.getExperiment()).isEqualTo("e");
        assertThat(event.getStep()).isEqualTo(20);
        assertThat(event.getTimeMs()).isEqualTo(START.toEpochMilli());
        assertThat(event.getMetricsMap()).contains(entry("loss", 0.5));
        assertThat(directory.find("r").events()).containsExactly(event);

        pass(Duration.ofSeconds(20));
        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void aPhaseIsAnEventOnceItHeldWithTheMetricsOfItsStep() {
        collapse(12);
        List<Alert> events = events();
        assertThat(events)
                .extracting(Alert::getSubject, Alert::getFrom, Alert::getTo, Alert::getSequence)
                .containsExactly(
                        tuple("phase", "WARMING_UP", "COLLAPSING", 0L), tuple("phase", "COLLAPSING", "COLLAPSED", 1L));
        LayerResult decisive = result((int) events.get(1).getStep() / 100);
        assertThat(events.get(1).getMetricsMap()).containsAllEntriesOf(decisive.getMetricsMap());
    }

    @Test
    void aDuplicateAndALateResultRepeatNoEvent() {
        collapse(12);
        int before = events().size();
        collapse(12);
        assertThat(events()).isEmpty();
        assertThat(directory.find("r").events()).hasSize(before);
    }

    @Test
    void silenceAndTheRecordThatEndsItAreEvents() {
        pass(Duration.ofSeconds(29));
        assertThat(events()).isEmpty();
        pass(Duration.ofSeconds(5));
        assertThat(events()).extracting(Alert::getFrom, Alert::getTo).containsExactly(tuple("RUNNING", "SILENT"));
        driver.createInputTopic(Topic.PROGRESS.topicName(), new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(
                        Records.runKey(), Records.heartbeat(1, 20, 0.5).build().toByteArray(), START.plusSeconds(89)));
        assertThat(events()).extracting(Alert::getFrom, Alert::getTo).containsExactly(tuple("SILENT", "RUNNING"));
    }

    @Test
    void aRestartNeitherRepeatsAnEventNorLosesOne() {
        collapse(12);
        pipe(
                Topic.PROGRESS,
                Records.progress(1, 1200, ProgressEvent.FINISHED).build().toByteArray());
        List<Alert> events = events();
        assertThat(events).hasSize(3);

        directory = new RunDirectory();
        MockProcessorContext<byte[], byte[]> restarted = restart(contents());
        assertThat(restarted.forwarded()).as("what was sent before").isEmpty();
        assertThat(directory.find("r").events()).isEqualTo(events);
        assertThat(directory.find("r").insight().phases().phase().name()).isEqualTo("COLLAPSED");
    }

    /** The result was stored and its event was not: killed between the two, or the thresholds are others now. */
    @Test
    void anEventThatARestartFindsMissingIsSentThen() {
        collapse(12);
        List<Alert> events = events();
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        contents.removeIf(entry -> entry.key.contains("\0event\0") && entry.key.endsWith("1"));

        directory = new RunDirectory();
        MockProcessorContext<byte[], byte[]> restarted = restart(contents);
        assertThat(restarted.forwarded())
                .extracting(CapturedForward::record)
                .extracting(record -> parse(record.value()))
                .containsExactly(events.get(1));
    }

    @Test
    void theEventsOfARunAreBounded() {
        for (int i = 0; i < EventHistory.MOST + 10; i++) {
            int attempt = 1 + i;
            pipe(
                    Topic.PROGRESS,
                    Records.progress(attempt, i, i % 2 == 0 ? ProgressEvent.FAILED : ProgressEvent.STARTED)
                            .build()
                            .toByteArray());
        }
        assertThat(directory.find("r").events()).hasSize(EventHistory.MOST);
        assertThat(contents().stream().filter(entry -> entry.key.contains("\0event\0")))
                .hasSize(EventHistory.MOST);
    }

    /** A new task that finds a store with these contents; its clock has ticked once. */
    private MockProcessorContext<byte[], byte[]> restart(List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents) {
        KeyValueStore<String, ValueAndTimestamp<byte[]>> store =
                driver.getTimestampedKeyValueStore(MonitorTopology.RUN_STORE);
        contents().forEach(entry -> store.delete(entry.key));
        contents.forEach(entry -> store.put(entry.key, entry.value));
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        context.addStateStore(store);
        context.setCurrentSystemTimeMs(START.toEpochMilli());
        processor().init(context);
        assertThat(context.forwarded()).isEmpty();
        for (CapturedPunctuator tick : context.scheduledPunctuators()) {
            tick.getPunctuator().punctuate(START.toEpochMilli());
        }
        return context;
    }

    private List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents() {
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = new ArrayList<>();
        try (KeyValueIterator<String, ValueAndTimestamp<byte[]>> all = driver.<String, byte[]>
                        getTimestampedKeyValueStore(MonitorTopology.RUN_STORE)
                .all()) {
            all.forEachRemaining(contents::add);
        }
        return contents;
    }

    private void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            driver.advanceWallClockTime(Duration.ofSeconds(1));
        }
    }

    private void collapse(int snapshots) {
        for (int i = 0; i < snapshots; i++) {
            pipe(Topic.METRICS, Records.layerKey(), result(i).toByteArray());
        }
    }

    private static LayerResult result(int i) {
        double shrunk = Math.exp(-0.5 * i);
        return Records.result(1, 100L * i, shrunk)
                .putMetrics("error_rate", 0)
                .putMetrics("nc0_norm", shrunk)
                .putMetrics("nc0_relative", 0.1 * shrunk)
                .putMetrics("nc2_etf_means", shrunk)
                .putMetrics("nc3", shrunk)
                .build();
    }

    private void pipe(Topic topic, byte[] value) {
        pipe(topic, Records.runKey(), value);
    }

    private void pipe(Topic topic, byte[] key, byte[] value) {
        driver.createInputTopic(topic.topicName(), new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value, START));
    }

    private List<Alert> events() {
        return alerts.readRecordsToList().stream()
                .map(record -> parse(record.value()))
                .toList();
    }

    private static Alert parse(byte[] value) {
        try {
            return Alert.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
