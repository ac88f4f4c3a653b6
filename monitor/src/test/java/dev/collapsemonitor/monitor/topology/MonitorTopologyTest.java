package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.run.RunLimits;
import dev.collapsemonitor.monitor.run.RunStatus;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorTopologyTest {
    private static final Duration GRACE = MonitorConfig.StateSettings.DEFAULT_GRACE;
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir
    private Path stateDir;

    private final Intake intake = partition -> this.end;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MonitorMetrics metrics = new MonitorMetrics(registry);
    private RunDirectory directory = new RunDirectory();
    private long end; // offset up to which every partition is to be processed
    private TopologyTestDriver driver;

    @AfterEach
    void close() {
        if (driver != null) {
            driver.close();
        }
    }

    @Test
    void aSnapshotBecomesAResultOnItsTopicAndInTheDirectory() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(
                Topic.PROGRESS,
                Records.runKey(),
                Records.heartbeat(1, 1, 0.5).build().toByteArray());
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        pipe(Topic.WEIGHTS, Records.layerKey(), Records.weights(1).build().toByteArray());
        assertThat(output(Topic.METRICS).isEmpty()).isTrue();
        pipe(Topic.FEATURES, Records.layerKey(), features(1, 2));

        List<TestRecord<byte[], byte[]>> results = output(Topic.METRICS).readRecordsToList();
        assertThat(results).hasSize(1);
        assertThat(results.get(0).key()).isEqualTo(Records.layerKey());
        assertThat(header(results.get(0).headers(), RecordHeaders.SCHEMA_VERSION))
                .isEqualTo("1");
        LayerResult result = result(results.get(0));
        assertThat(result.getCoverage()).isEqualTo(1);
        assertThat(result.getMetricsMap()).containsKeys("nc1", "nc2_etf_means", "nc3", "nc4", "stable_rank");
        Run run = directory.find("r");
        assertThat(run.current()).containsExactly(result);
        assertThat(run.descriptor().getDataset()).isEqualTo("rings");
        assertThat(run.progress().getLoss()).isEqualTo(0.5);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isTrue();
        assertThat(count("collapse.records", "topic", "collapse.features")).isEqualTo(2);
        assertThat(count("collapse.records", "topic", "collapse.weights")).isEqualTo(1);
        assertThat(count("collapse.records", "topic", "collapse.runs")).isEqualTo(1);
        assertThat(count("collapse.records", "topic", "collapse.progress")).isEqualTo(1);
        assertThat(count("collapse.records", "topic", "collapse.metrics")).isEqualTo(1);
        assertThat(count("collapse.records.bytes", "topic", "collapse.features"))
                .isEqualTo(features(0, 2).length + features(1, 2).length);
    }

    @Test
    void theMemoryOfAnOpenSnapshotIsReportedInAdvanceAndGivenBack() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isEqualTo(1);
        assertThat(registry.get("collapse.accumulator").gauge().value())
                .isEqualTo(LayerAccumulator.memoryBytes(
                        Records.CLASSES,
                        Records.DIMENSION,
                        false,
                        AccumulatorLimits.DEFAULT.forRows(2 * Records.ROWS)));

        pipe(Topic.WEIGHTS, Records.layerKey(), Records.weights(1).build().toByteArray());
        pipe(Topic.FEATURES, Records.layerKey(), features(1, 2));
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isZero();
        assertThat(registry.get("collapse.accumulator").gauge().value()).isZero();
    }

    @Test
    void aDuplicateIsCountedAndChangesNothing() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 1));
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 1));

        assertThat(output(Topic.METRICS).readRecordsToList()).hasSize(1);
        assertThat(registry.get("collapse.records.duplicate").counter().count()).isEqualTo(1);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isTrue();
    }

    @Test
    void anIncompleteSnapshotIsPublishedWhenItsGraceHasPassed() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        pass(GRACE);
        assertThat(output(Topic.METRICS).isEmpty()).isTrue();
        pass(Duration.ofSeconds(5));

        List<TestRecord<byte[], byte[]>> results = output(Topic.METRICS).readRecordsToList();
        assertThat(results).hasSize(1);
        assertThat(result(results.get(0)).getCoverage()).isEqualTo(0.5);
    }

    @Test
    void theTimeToExportIsThatSinceTheRecordThatClosedTheSnapshot() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        pipe(Topic.WEIGHTS, Records.layerKey(), Records.weights(1).build().toByteArray());
        driver.advanceWallClockTime(Duration.ofMillis(1250));
        input(Topic.FEATURES).pipeInput(new TestRecord<>(Records.layerKey(), features(1, 2), START.plusMillis(1000)));

        Timer time = registry.get("collapse.publish.to.export").timer();
        assertThat(time.count()).isEqualTo(1);
        assertThat(time.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(250);
        DistributionSummary completeness =
                registry.get("collapse.snapshot.completeness").summary();
        assertThat(completeness.count()).isEqualTo(1);
        assertThat(completeness.totalAmount()).isEqualTo(1);
    }

    @Test
    void aSnapshotThatNoRecordClosedHasNoTimeToExportButItsCompleteness() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        pass(GRACE.plusSeconds(5));

        assertThat(registry.get("collapse.publish.to.export").timer().count()).isZero();
        assertThat(registry.get("collapse.snapshot.completeness").summary().totalAmount())
                .isEqualTo(0.5);
    }

    @Test
    void aTimeThatIsNoneOnAResultIsNotMeasured() {
        start();
        TestRecord<byte[], byte[]> record = new TestRecord<>(
                Records.layerKey(), Records.result(1, 1, 0.5).build().toByteArray(), START);
        record.headers().add(RecordHeaders.CLOSED_BY_RECORD_AT, new byte[] {'?'});
        input(Topic.METRICS).pipeInput(record);

        assertThat(directory.find("r").current()).hasSize(1);
        assertThat(registry.get("collapse.publish.to.export").timer().count()).isZero();
    }

    @Test
    void whileTheTaskIsBehindOrStandsStillNoSnapshotIsClosedAndNoRunIsSilent() {
        start();
        pipe(
                Topic.RUNS,
                Records.runKey(),
                Records.descriptor(1).setHeartbeatIntervalMs(10_000).build().toByteArray());
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        end = 1_000;
        pass(GRACE.plusSeconds(5));
        end = Intake.UNKNOWN;
        pass(GRACE.plusSeconds(5));
        driver.advanceWallClockTime(Duration.ofHours(1));
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.RUNNING);
        assertThat(output(Topic.METRICS).isEmpty()).isTrue();

        end = 0;
        pass(Duration.ofSeconds(15));
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.SILENT);
        pass(GRACE);
        assertThat(output(Topic.METRICS).readRecordsToList()).hasSize(1);
        assertThat(directory.find("r").status())
                .as("a result that lacks parts is no sign of life")
                .isEqualTo(RunStatus.SILENT);
    }

    @Test
    void aSilentRunIsSilentAfterARestartAndOneThatWaitsWaitsOn() {
        start();
        for (String run : List.of("silent", "waiting")) {
            pipe(
                    Topic.RUNS,
                    Keys.run(run),
                    Records.descriptor(1)
                            .setRun(run)
                            .setHeartbeatIntervalMs(run.equals("silent") ? 10_000 : 60_000)
                            .build()
                            .toByteArray());
        }
        pass(Duration.ofSeconds(40));
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();

        restart(contents);
        assertThat(directory.find("silent").status()).isEqualTo(RunStatus.SILENT);
        assertThat(directory.find("waiting").status()).isEqualTo(RunStatus.RUNNING);
        assertThat(directory.find("waiting").silenceMillis()).isBetween(25_000L, 40_000L);
    }

    @Test
    void silenceThatWasBrokenBeforeARestartIsForgotten() {
        start();
        pipe(
                Topic.RUNS,
                Records.runKey(),
                Records.descriptor(1).setHeartbeatIntervalMs(10_000).build().toByteArray());
        pass(Duration.ofSeconds(15));
        input(Topic.PROGRESS)
                .pipeInput(new TestRecord<>(
                        Records.runKey(), Records.heartbeat(1, 1, 0.5).build().toByteArray(), START.plusSeconds(15)));
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();

        restart(contents);
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.RUNNING);
        assertThat(directory.find("r").silenceMillis()).isZero();
    }

    @Test
    void theEndOfARunClosesTheSnapshotsOfItsLayers() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2));
        pipe(
                Topic.FEATURES,
                Keys.layer("other", "fc"),
                Records.features(1, 0, 2).setRun("other").build().toByteArray());
        progress(Records.progress(1, 1, ProgressEvent.FAILED).build());
        List<TestRecord<byte[], byte[]>> notices = output(Topic.CONTROL).readRecordsToList();
        assertThat(notices).extracting(TestRecord::key).containsExactly(Records.layerKey());
        pass(Duration.ofSeconds(6));

        List<TestRecord<byte[], byte[]>> results = output(Topic.METRICS).readRecordsToList();
        assertThat(results).hasSize(1);
        assertThat(result(results.get(0)).getRun()).isEqualTo("r");
        assertThat(result(results.get(0)).getCoverage()).isEqualTo(0.5);
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.FAILED);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isTrue();
    }

    @Test
    void aTombstoneForgetsARunItsStateAndWhatItsLayersKeep() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        progress(Records.heartbeat(1, 1, 0.5).build());
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 1));
        pipe(
                Topic.FEATURES,
                Records.layerKey(),
                Records.features(2, 0, 2).build().toByteArray());
        List<TestRecord<byte[], byte[]>> before = output(Topic.METRICS).readRecordsToList();
        assertThat(before).hasSize(1);

        pipe(Topic.RUNS, Records.runKey(), null);
        assertThat(directory.all()).isEmpty();
        assertThat(contents()).extracting(entry -> entry.key).containsExactly("r\0deleted");
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isZero();
        assertThat(registry.get("collapse.accumulator").gauge().value()).isZero();

        // What was on its way does not bring it back, and it leaves nothing to emit.
        pipe(Topic.METRICS, before.get(0).key(), before.get(0).value());
        progress(Records.heartbeat(1, 2, 0.5).build());
        pass(GRACE.plusSeconds(5));
        assertThat(directory.all()).isEmpty();
        assertThat(output(Topic.METRICS).isEmpty()).isTrue();

        // Published again it starts afresh.
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 1));
        assertThat(output(Topic.METRICS).readRecordsToList()).hasSize(1);
        assertThat(directory.find("r").current()).hasSize(1);
        assertThat(directory.find("r").progress().hasLoss()).isFalse();
        assertThat(contents()).extracting(entry -> entry.key).doesNotContain("r\0deleted");
        assertThat(count("collapse.records", "topic", "collapse.control")).isEqualTo(1);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isTrue();
    }

    @Test
    void aTombstoneThatIsDeliveredAgainTellsTheSameLayersWhichHaveHeardIt() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(Topic.RUNS, Records.runKey(), null);
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 2)); // of a new life
        pipe(Topic.RUNS, Records.runKey(), null);

        List<TestRecord<byte[], byte[]>> notices = output(Topic.CONTROL).readRecordsToList();
        assertThat(notices).hasSize(2);
        assertThat(notices.get(1).value()).isEqualTo(notices.get(0).value());
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isEqualTo(1);
        assertThat(registry.get("collapse.records.duplicate").counter().count()).isEqualTo(1);
    }

    @Test
    void aDeletionIsRememberedOverARestartAndForgottenWhenNothingCanBeOnItsWay() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(Topic.RUNS, Records.runKey(), null);
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();
        restart(contents);
        assertThat(directory.all()).isEmpty();
        driver.close();

        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(Topic.RUNS, Records.runKey(), null);
        driver.advanceWallClockTime(Duration.ofMinutes(61));
        assertThat(contents()).isEmpty();
    }

    @Test
    void aTombstoneOfARunThatIsNotKnownIsNothing() {
        start();
        pipe(Topic.RUNS, Records.runKey(), null);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isTrue();
        assertThat(output(Topic.CONTROL).isEmpty()).isTrue();
        assertThat(contents()).isEmpty();
    }

    @Test
    void whatARecordSaysOfTheTimeDecidesNothing() {
        start();
        List<Instant> times = List.of(
                START.plusSeconds(3600),
                Instant.EPOCH,
                Instant.parse("2100-01-01T00:00:00Z"),
                START.minusSeconds(3600),
                START);
        pipe(
                Topic.FEATURES,
                Keys.layer("other", "fc"),
                Records.features(1, 0, 2).setRun("other").build().toByteArray());
        for (int step = 1; step <= times.size(); step++) {
            for (int part = 0; part < 2; part++) {
                input(Topic.FEATURES)
                        .pipeInput(new TestRecord<>(
                                Records.layerKey(),
                                Records.features(step, part, 2).build().toByteArray(),
                                times.get((step + part) % times.size())));
            }
        }
        assertThat(output(Topic.METRICS).readRecordsToList())
                .extracting(record -> result(record).getRun() + result(record).getStep())
                .containsExactly("r1", "r2", "r3", "r4", "r5");
        pass(GRACE);
        assertThat(output(Topic.METRICS).isEmpty()).isTrue();
        pass(Duration.ofSeconds(5));
        assertThat(output(Topic.METRICS).readRecordsToList())
                .extracting(record -> result(record).getRun())
                .containsExactly("other");
    }

    @Test
    void poisonOnEveryTopicIsADeadLetterWithItsReasonAndIsCountedOnce() {
        start();
        byte[] poison = {(byte) 0xff};
        for (Topic topic :
                List.of(Topic.FEATURES, Topic.WEIGHTS, Topic.CONTROL, Topic.RUNS, Topic.PROGRESS, Topic.METRICS)) {
            input(topic).pipeInput(new TestRecord<>(new byte[] {'k'}, poison, START));
            List<TestRecord<byte[], byte[]>> letters =
                    output(Topic.DEAD_LETTERS).readRecordsToList();

            assertThat(letters).as(topic.topicName()).hasSize(1);
            assertThat(letters.get(0).key()).isEqualTo(new byte[] {'k'});
            assertThat(letters.get(0).value()).isEqualTo(poison);
            assertThat(letters.get(0).getRecordTime()).isEqualTo(START);
            Headers headers = letters.get(0).headers();
            assertThat(header(headers, RecordHeaders.REJECT_REASON)).isEqualTo("unreadable");
            assertThat(header(headers, RecordHeaders.REJECT_TOPIC)).isEqualTo(topic.topicName());
            assertThat(header(headers, RecordHeaders.REJECT_MESSAGE)).startsWith("the value is not a message");
        }
        assertThat(rejected(Reason.UNREADABLE)).isEqualTo(6);
        assertThat(directory.all()).isEmpty();
        pipe(Topic.FEATURES, Records.layerKey(), features(0, 1));
        assertThat(output(Topic.METRICS).readRecordsToList())
                .as("still at work")
                .hasSize(1);
    }

    @Test
    void everyKindOfRejectionIsCountedUnderItsReason() {
        start();
        byte[] key = Records.layerKey();
        input(Topic.FEATURES).pipeInput(new TestRecord<>(key, null, START));
        TestRecord<byte[], byte[]> newer = new TestRecord<>(key, features(0, 1), START);
        newer.headers().add(RecordHeaders.SCHEMA_VERSION, new byte[] {'2'});
        input(Topic.FEATURES).pipeInput(newer);
        pipe(Topic.FEATURES, new byte[] {'x'}, features(0, 1));
        pipe(
                Topic.FEATURES,
                key,
                Records.features(1, 0, 9).setClasses(1).build().toByteArray());
        pipe(
                Topic.FEATURES,
                key,
                Records.features(1, 1, 9).setLabels(0, 7).build().toByteArray());
        pipe(
                Topic.FEATURES,
                key,
                Records.features(1, 2, 9).clearLabels().build().toByteArray());
        pipe(
                Topic.FEATURES,
                key,
                Records.features(1, 3, 9).clearFeatures().build().toByteArray());
        pipe(
                Topic.FEATURES,
                key,
                Records.features(1, 4, 9)
                        .setFeatures(TensorCodec.floats(new float[] {Float.NaN, 0, 0, 0}, 1, 4))
                        .clearLabels()
                        .clearPredictedLabels()
                        .addLabels(0)
                        .build()
                        .toByteArray());
        pipe(Topic.FEATURES, key, Records.features(1, 0, 2).build().toByteArray());

        Map<Reason, Integer> expected = Map.of(
                Reason.EMPTY, 1,
                Reason.SCHEMA_VERSION, 1,
                Reason.INVALID_IDENTITY, 1,
                Reason.CLASS_COUNT, 1,
                Reason.LABEL_RANGE, 1,
                Reason.SHAPE, 1,
                Reason.DATA_TYPE, 1,
                Reason.NOT_FINITE, 1,
                Reason.CONFLICT, 1);
        for (Reason reason : Reason.values()) {
            assertThat(rejected(reason))
                    .as(reason.label())
                    .isEqualTo(expected.getOrDefault(reason, 0).doubleValue());
        }
        assertThat(output(Topic.DEAD_LETTERS).readRecordsToList()).hasSize(9);
    }

    @Test
    void aDeadLetterKeepsTheHeadersItCameWith() {
        start();
        TestRecord<byte[], byte[]> record = new TestRecord<>(new byte[] {'k'}, new byte[] {(byte) 0xff}, START);
        record.headers().add("trace", new byte[] {1, 2});
        input(Topic.PROGRESS).pipeInput(record);

        TestRecord<byte[], byte[]> letter = output(Topic.DEAD_LETTERS).readRecord();
        assertThat(letter.headers().lastHeader("trace").value()).containsExactly(1, 2);
        assertThat(letter.headers()).hasSize(4);
    }

    @Test
    void aRecordThatTheProducerWouldRefuseIsSentOnCut() {
        start();
        byte[] huge = new byte[20 << 20];
        Arrays.fill(huge, (byte) 0xff);
        TestRecord<byte[], byte[]> record = new TestRecord<>(Arrays.copyOf(huge, 2 << 20), huge, START);
        record.headers().add("trace", Arrays.copyOf(huge, 2 << 20));
        input(Topic.FEATURES).pipeInput(record);

        TestRecord<byte[], byte[]> letter = output(Topic.DEAD_LETTERS).readRecord();
        assertThat(letter.value()).isEqualTo(Arrays.copyOf(huge, 64 << 10));
        assertThat(letter.key()).hasSize(64 << 10);
        assertThat(header(letter.headers(), RecordHeaders.REJECT_SIZE)).isEqualTo("20971520");
        assertThat(header(letter.headers(), RecordHeaders.REJECT_REASON)).isEqualTo("unreadable");
        assertThat(letter.headers().lastHeader("trace")).isNull();
        assertThat(rejected(Reason.UNREADABLE)).isEqualTo(1);
    }

    @Test
    void aDeadLetterOfTheLargestRecordIsWithinThePublishersLimit() {
        start();
        byte[] large = new byte[Topic.MAX_RECORD_BYTES];
        Arrays.fill(large, (byte) 0xff);
        pipe(Topic.FEATURES, Records.layerKey(), large);
        TestRecord<byte[], byte[]> letter = output(Topic.DEAD_LETTERS).readRecord();
        assertThat(letter.value()).as("with headers it would be too large").hasSize(64 << 10);

        byte[] fitting = Arrays.copyOf(large, Topic.MAX_RECORD_BYTES - (33 << 10));
        pipe(Topic.FEATURES, Records.layerKey(), fitting);
        assertThat(output(Topic.DEAD_LETTERS).isEmpty()).isFalse();
        assertThat(output(Topic.DEAD_LETTERS).readRecord().value()).isEqualTo(fitting);
    }

    @Test
    void resultsArePartitionedAsTheProducerPartitionsTheRunAlone() {
        RunPartitioner partitioner = new RunPartitioner();
        for (String run : List.of("r", "run-1", "läuft", "🚀", "a b", "x".repeat(200))) {
            for (int partitions : new int[] {1, 3, 12, 100}) {
                int expected = BuiltInPartitioner.partitionForKey(Keys.run(run), partitions);
                for (String layer : List.of("fc", "conv/1/é", "/")) {
                    assertThat(partitioner.partitions("t", Keys.layer(run, layer), null, partitions))
                            .contains(Set.of(expected));
                }
                assertThat(partitioner.partitions("t", Keys.run(run), null, partitions))
                        .contains(Set.of(expected));
            }
        }
    }

    @Test
    void theDirectoryIsRestoredFromTheStoreAndReleasedAtTheEnd() {
        start();
        pipeRun();
        Run before = directory.find("r");
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();
        assertThat(directory.all()).as("another instance may own it now").isEmpty();

        restart(contents);
        assertSame(directory.find("r"), before);
        assertThat(directory.all()).hasSize(1);
    }

    @Test
    void whatChangedNothingCurrentChangesNothingAfterARestart() {
        start();
        pipeRun();
        progress(Records.progress(2, 30, ProgressEvent.FINISHED).build());
        // Late: a heartbeat after the end, and an older attempt that is still writing.
        progress(Records.heartbeat(2, 40, 0.9).build());
        progress(Records.heartbeat(1, 1000, 0.01).build());
        pipe(
                Topic.RUNS,
                Records.runKey(),
                Records.descriptor(1).setDataset("old").build().toByteArray());
        Run before = directory.find("r");
        assertThat(before.status()).isEqualTo(RunStatus.FINISHED);
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();

        restart(contents);
        assertSame(directory.find("r"), before);
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.FINISHED);
        assertThat(directory.find("r").descriptor().getDataset()).isEqualTo("rings");
    }

    @Test
    void aRunThatDivergedHasStillDivergedAfterARestart() {
        start();
        pipe(
                Topic.METRICS,
                Records.layerKey(),
                Records.result(1, 10, 1)
                        .clearMetrics()
                        .setCoverage(0)
                        .setNotFinite(true)
                        .build()
                        .toByteArray());
        pipe(
                Topic.METRICS,
                Records.layerKey(),
                Records.result(1, 10, 0.5).build().toByteArray());
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.DIVERGED);
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();

        restart(contents);
        assertThat(directory.find("r").status()).isEqualTo(RunStatus.DIVERGED);
        assertThat(directory.find("r").current())
                .extracting(LayerResult::getCoverage)
                .containsExactly(1.0);
    }

    @Test
    void anEvictedRunLeavesNothingInTheStoreAndANewOneIsRefusedWhileAllAreAlive() {
        directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        start();
        pipeRun();
        progress(Records.progress(2, 30, ProgressEvent.FINISHED).build());
        pipeDescriptor("s");
        pipeDescriptor("t");
        assertThat(directory.find("r")).isNull();
        assertThat(keysOf("r")).isPositive();
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(keysOf("r")).isZero();
        assertThat(keysOf("t")).isEqualTo(1);

        pipeDescriptor("u");
        assertThat(rejected(Reason.TOO_MANY_RUNS)).isEqualTo(1);
        assertThat(header(output(Topic.DEAD_LETTERS).readRecord().headers(), RecordHeaders.REJECT_REASON))
                .isEqualTo("too_many_runs");
        assertThat(directory.all()).extracting(Run::name).containsExactly("s", "t");
        assertThat(keysOf("u")).isZero();
    }

    @Test
    void anEvictedRunThatComesBackBeginsAnew() {
        directory = new RunDirectory(new RunLimits(2, 10, 1 << 20));
        start();
        pipeRun();
        progress(Records.progress(2, 30, ProgressEvent.FINISHED).build());
        pipeDescriptor("s");
        pipeDescriptor("t");
        pipe(
                Topic.PROGRESS,
                Keys.run("s"),
                Records.progress(1, 1, ProgressEvent.FINISHED)
                        .setRun("s")
                        .build()
                        .toByteArray());
        progress(Records.heartbeat(3, 1, 0.1).build());

        assertThat(directory.find("r").history("fc", Mode.SNAPSHOT)).isEmpty();
        assertThat(keysOf("r")).as("progress, and where it stands").isEqualTo(2);
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(keysOf("r")).isEqualTo(2);
        assertThat(keysOf("s")).isZero();
    }

    @Test
    void entriesOfTheFirstVersionAreReadForEver() {
        String attempt = "\0" + "0".repeat(18) + "1";
        String step = "\0" + "0".repeat(17) + "10";
        Map<String, byte[]> entries = Map.of(
                "r\0descriptor",
                Records.descriptor(1).build().toByteArray(),
                "r\0progress" + attempt + step,
                Records.heartbeat(1, 10, 0.5).build().toByteArray(),
                "r\0progress-standing",
                Records.progress(1, 20, ProgressEvent.FINISHED).build().toByteArray(),
                "r\0result" + attempt + step + "\0SNAPSHOT\0TRAIN\0fc",
                Records.result(1, 10, 0.25).build().toByteArray(),
                "r\0not-finite" + attempt,
                Records.result(1, 5, 1)
                        .setCoverage(0)
                        .setNotFinite(true)
                        .build()
                        .toByteArray());
        restart(entries.entrySet().stream()
                .map(entry -> KeyValue.pair(entry.getKey(), ValueAndTimestamp.make(entry.getValue(), 1L)))
                .toList());

        Run run = directory.find("r");
        assertThat(run.descriptor().getDataset()).isEqualTo("rings");
        assertThat(run.progressHistory()).extracting(Progress::getLoss).containsExactly(0.5);
        assertThat(run.progress().getStep()).isEqualTo(20);
        assertThat(run.ended()).isTrue();
        assertThat(run.current()).extracting(LayerResult::getStep).containsExactly(10L);
        assertThat(run.status()).isEqualTo(RunStatus.DIVERGED);
    }

    @Test
    void theStoreKeepsNoMoreThanTheHistory() {
        start();
        for (int step = 0; step < 3_000; step++) {
            progress(Records.heartbeat(1, step, 0.5)
                    .setElasticityProbe(Records.elasticity())
                    .build());
        }
        Run before = directory.find("r");
        assertThat(before.progressHistory()).hasSizeLessThanOrEqualTo(1_000);
        assertThat(keysOf("r")).isEqualTo(before.progressHistory().size() + 1);
        List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents = contents();
        driver.close();
        restart(contents);
        assertSame(directory.find("r"), before);
        driver.close();

        start();
        progress(Records.heartbeat(1, 1, 0.5).build());
        progress(Records.heartbeat(2, 1, 0.5).build());
        assertThat(keysOf("r")).as("nothing of the attempt before").isEqualTo(2);
    }

    @Test
    void theRejectedRecordsOfARunAreCountedWhereTheRunIsAndMakeNoRun() {
        start();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        pipe(
                Topic.FEATURES,
                Records.layerKey(),
                Records.features(1, 0, 1).setLabels(0, 7).build().toByteArray());
        pipe(Topic.WEIGHTS, Records.layerKey(), new byte[] {(byte) 0xff});
        pipe(Topic.PROGRESS, Records.runKey(), new byte[] {(byte) 0xff});
        pipe(Topic.FEATURES, Keys.layer("poison", "fc"), new byte[] {(byte) 0xff});
        pipe(Topic.FEATURES, null, new byte[] {(byte) 0xff});
        pipe(Topic.FEATURES, new byte[100_000], new byte[] {(byte) 0xff});
        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(directory.all()).extracting(Run::name).containsExactly("r");
        assertThat(directory.find("r").rejected())
                .containsOnly(Map.entry(Reason.LABEL_RANGE, 1L), Map.entry(Reason.UNREADABLE, 2L));
    }

    @Test
    void aRecordThatIsRejectedBeforeItsRunIsKnownIsCountedOnceItIs() {
        start();
        pipe(Topic.FEATURES, Records.layerKey(), new byte[] {(byte) 0xff});
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(directory.all()).isEmpty();
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(1).build().toByteArray());
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(directory.find("r").rejected()).containsOnly(Map.entry(Reason.UNREADABLE, 1L));
    }

    private void pipeDescriptor(String run) {
        pipe(
                Topic.RUNS,
                Keys.run(run),
                Records.descriptor(1).setRun(run).build().toByteArray());
    }

    private long keysOf(String run) {
        return contents().stream()
                .filter(entry -> entry.key.startsWith(run + "\0"))
                .count();
    }

    @Test
    void theUsersSettingsOverrideOurs() {
        var properties = StreamsSettings.of(
                config(
                        "http://monitor-1:8080/",
                        Map.of("commit.interval.ms", "100", "producer.linger.ms", "0", "security.protocol", "SSL")),
                "id");

        assertThat(properties)
                .containsEntry("bootstrap.servers", "b:1")
                .containsEntry("application.id", "app")
                .containsEntry("state.dir", stateDir.toString())
                .containsEntry("num.stream.threads", 2)
                .containsEntry("application.server", "monitor-1:8080")
                .containsEntry("commit.interval.ms", "100")
                .containsEntry("producer.linger.ms", "0")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("consumer.session.timeout.ms", 10_000)
                .containsEntry("consumer.auto.offset.reset", "earliest");
        assertThat(new StreamsConfig(properties).getInt("num.stream.threads")).isEqualTo(2);
        assertThat(StreamsSettings.of(config("", Map.of()), "id")).doesNotContainKey("application.server");
    }

    private void pipeRun() {
        pipe(Topic.RUNS, Records.runKey(), Records.descriptor(2).build().toByteArray());
        progress(Records.progress(2, 0, ProgressEvent.STARTED)
                .setLearningRate(0.1)
                .build());
        progress(Records.heartbeat(2, 10, 0.75).setAccuracy(0.5).build());
        progress(Records.heartbeat(2, 20, 0.5).build());
        progress(Records.progress(2, 20, ProgressEvent.HEARTBEAT)
                .setBatchesDropped(7)
                .build());
        progress(Records.heartbeat(2, 15, 0.6).build()); // out of order
        progress(Records.progress(2, 25, ProgressEvent.HEARTBEAT).build());
        for (LayerResult result : List.of(
                Records.result(1, 10, 0.9).build(),
                Records.result(2, 10, 0.5).setCoverage(0.5).build(),
                Records.result(2, 10, 0.4).build(),
                Records.result(2, 10, 0.3).setCoverage(0.25).build(),
                Records.result(2, 20, 0.2).build(),
                Records.result(2, 20, 0.1)
                        .setLayer(Records.LAYER.toBuilder().setName("a/b é").setIndex(1))
                        .build())) {
            pipe(Topic.METRICS, Keys.layer("r", result.getLayer().getName()), result.toByteArray());
        }
    }

    private static void assertSame(Run actual, Run expected) {
        assertThat(actual.attempt()).isEqualTo(expected.attempt());
        assertThat(actual.descriptor()).isEqualTo(expected.descriptor());
        assertThat(actual.progress()).isEqualTo(expected.progress());
        assertThat(actual.progressHistory()).isEqualTo(expected.progressHistory());
        assertThat(actual.current()).isEqualTo(expected.current());
        assertThat(actual.layers()).isEqualTo(expected.layers());
        assertThat(actual.history("fc", Mode.SNAPSHOT)).isEqualTo(expected.history("fc", Mode.SNAPSHOT));
        assertThat(actual.lastRecordMillis()).isEqualTo(expected.lastRecordMillis());
        assertThat(actual.status()).isEqualTo(expected.status());
    }

    private void start() {
        driver = new TopologyTestDriver(
                MonitorTopology.build(
                        () -> new LayerProcessor(
                                metrics,
                                RollingSettings.DEFAULT,
                                new StateBudget(StateBudget.DEFAULT_BYTES),
                                GRACE,
                                IngestLimits.DEFAULT,
                                intake),
                        () -> new RunProcessor(directory, metrics, IngestLimits.DEFAULT, intake, PhaseSettings.DEFAULT),
                        () -> new RejectProcessor(directory),
                        LayerStore.builder(metrics)),
                StreamsSettings.of(config("", Map.of()), "id"),
                START);
    }

    /** Time in which the process runs. */
    private void pass(Duration time) {
        for (long millis = 0; millis < time.toMillis(); millis += CaughtUpClock.TICK.toMillis()) {
            driver.advanceWallClockTime(CaughtUpClock.TICK);
        }
    }

    /** A new task that finds a store with these contents. */
    private void restart(List<KeyValue<String, ValueAndTimestamp<byte[]>>> contents) {
        start();
        KeyValueStore<String, ValueAndTimestamp<byte[]>> store =
                driver.getTimestampedKeyValueStore(MonitorTopology.RUN_STORE);
        contents.forEach(entry -> store.put(entry.key, entry.value));
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        context.addStateStore(store);
        context.setCurrentSystemTimeMs(START.toEpochMilli());
        new RunProcessor(directory, metrics, IngestLimits.DEFAULT, intake, PhaseSettings.DEFAULT).init(context);
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

    private MonitorConfig config(String advertisedUrl, Map<String, String> settings) {
        return new MonitorConfig(
                "b:1",
                "app",
                stateDir,
                "127.0.0.1",
                0,
                advertisedUrl,
                2,
                RollingSettings.DEFAULT,
                MonitorConfig.StateSettings.DEFAULT,
                MonitorConfig.Limits.DEFAULT,
                settings);
    }

    private static byte[] features(int part, int parts) {
        return Records.features(1, part, parts)
                .setWeightsFollow(parts > 1)
                .build()
                .toByteArray();
    }

    private void progress(Progress progress) {
        pipe(Topic.PROGRESS, Records.runKey(), progress.toByteArray());
    }

    private void pipe(Topic topic, byte[] key, byte[] value) {
        input(topic).pipeInput(new TestRecord<>(key, value, START));
    }

    private TestInputTopic<byte[], byte[]> input(Topic topic) {
        return driver.createInputTopic(topic.topicName(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private TestOutputTopic<byte[], byte[]> output(Topic topic) {
        return driver.createOutputTopic(topic.topicName(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private double rejected(Reason reason) {
        return count("collapse.records.rejected", "reason", reason.label());
    }

    private double count(String name, String tag, String value) {
        return registry.get(name).tag(tag, value).counter().count();
    }

    private static String header(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static LayerResult result(TestRecord<byte[], byte[]> record) {
        try {
            return LayerResult.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
