package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.changelog.UnknownVersionException;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.LayerResult;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerStoreTest {
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");
    private static final Duration GRACE = MonitorConfig.StateSettings.DEFAULT_GRACE;
    private static final String CHANGELOG = "app-layer-state-changelog";

    @TempDir
    private Path stateDir;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MonitorMetrics metrics = new MonitorMetrics(registry);
    private final StateBudget budget = new StateBudget(StateBudget.DEFAULT_BYTES);
    private final List<TestRecord<byte[], byte[]>> changelog = new ArrayList<>();
    private TopologyTestDriver driver;

    @AfterEach
    void close() {
        if (driver != null) {
            driver.close();
        }
    }

    @Test
    void aTaskThatComesBackGoesOnWhereItsChangelogEnds() {
        start();
        pipe(
                Topic.FEATURES,
                Records.features(1, 0, 2).setWeightsFollow(true).build().toByteArray());
        pipe(Topic.WEIGHTS, Records.weights(1).build().toByteArray());
        assertThat(changelog)
                .as("one commit a record, one entry changed in each, and the clock that the grace runs by")
                .hasSize(3);
        assertThat(registry.get("collapse.changelog.written").counter().count()).isPositive();
        assertThat(registry.get("collapse.changelog.flush").timer().count()).isPositive();

        restart();
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isEqualTo(1);
        assertThat(registry.get("collapse.restore").timer().count()).isEqualTo(2);
        // The offsets were not committed: the first part comes again.
        pipe(
                Topic.FEATURES,
                Records.features(1, 0, 2).setWeightsFollow(true).build().toByteArray());
        pipe(
                Topic.FEATURES,
                Records.features(1, 1, 2).setWeightsFollow(true).build().toByteArray());
        List<LayerResult> results = results();
        assertThat(results).hasSize(1);
        assertThat(results.get(0).getCoverage()).isEqualTo(1);
        assertThat(results.get(0).getMetricsMap()).containsKey("nc3");
        assertThat(registry.get("collapse.records.duplicate").counter().count()).isEqualTo(1);
    }

    @Test
    void aResultThatMayNotHaveArrivedIsPublishedAgainUntilTheNextCommit() {
        start();
        pipe(Topic.FEATURES, Records.features(1, 0, 1).build().toByteArray());
        List<LayerResult> results = results();
        assertThat(results).hasSize(1);

        // The test driver has made another commit since, for the second stage's reading of the result.
        assertThat(changelog).hasSize(4);
        assertThat(changelog.remove(3).value()).isNull();
        restart();
        driver.advanceWallClockTime(Duration.ofSeconds(5));
        assertThat(results()).isEqualTo(results);
        restart();
        driver.advanceWallClockTime(Duration.ofSeconds(5));
        assertThat(results()).isEmpty();
    }

    @Test
    void aTaskThatBecomesAStandbyHoldsWhatItsChangelogHoldsAndCanTakeOverAgain() {
        start();
        pipe(Topic.FEATURES, Records.features(1, 0, 2).build().toByteArray());
        pipe(Topic.FEATURES, Records.features(2, 0, 2).build().toByteArray());
        LayerStore store = (LayerStore) driver.getStateStore(LayerStore.NAME);
        store.flushCache();
        store.clearCache();
        assertThat(budget.usedBytes()).isZero();
        store.flushCache();
        int written = changelog.size();
        drain();
        assertThat(changelog).as("a standby writes nothing").hasSize(written);

        List<LayerResult> emitted = new ArrayList<>();
        LayerStage stage = store.activate(
                () -> new LayerStage(AccumulatorLimits.DEFAULT, GRACE, RollingSettings.DEFAULT, budget, emitted::add),
                0);
        assertThat(stage.openSnapshots()).isEqualTo(2);
        assertThat(store.activate(() -> null, 0)).as("resumed, not restored").isSameAs(stage);
    }

    @Test
    void theMemoryOfATaskThatEndsIsGivenBack() {
        start();
        pipe(Topic.FEATURES, Records.features(1, 0, 2).build().toByteArray());
        assertThat(budget.usedBytes()).isPositive();
        driver.close();
        driver = null;
        assertThat(budget.usedBytes()).isZero();
        assertThat(registry.get("collapse.snapshots.open").gauge().value()).isZero();
    }

    @Test
    void stateOfANewerBuildStopsTheMonitorWithTheRemedy() {
        start();
        pipe(Topic.FEATURES, Records.features(1, 0, 2).build().toByteArray());
        changelog.get(0).value()[0] = 9;
        assertThatThrownBy(this::restart)
                .hasRootCauseInstanceOf(UnknownVersionException.class)
                .satisfies(thrown -> {
                    Throwable cause = thrown;
                    while (!(cause instanceof UserException)) {
                        cause = cause.getCause();
                    }
                    assertThat(cause)
                            .hasMessage("cannot read the state in " + CHANGELOG + ": an entry of the changelog is of"
                                    + " version 9, but this build reads up to version 1; start the build that wrote it,"
                                    + " or a newer one");
                });
    }

    private void start() {
        MonitorConfig config = new MonitorConfig(
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
                Map.of());
        List<TestRecord<byte[], byte[]>> restored = List.copyOf(changelog);
        driver = new TopologyTestDriver(
                MonitorTopology.build(
                        () -> new LayerProcessor(
                                metrics, RollingSettings.DEFAULT, budget, GRACE, IngestLimits.DEFAULT, partition -> 0),
                        () -> new RunProcessor(
                                new RunDirectory(),
                                metrics,
                                IngestLimits.DEFAULT,
                                partition -> 0,
                                PhaseSettings.DEFAULT),
                        () -> new RejectProcessor(new RunDirectory()),
                        new LayerStoreBuilder(() -> {
                            LayerStore store = new LayerStore(metrics);
                            restored.forEach(record -> store.restore(record.key(), record.value()));
                            return store;
                        })),
                StreamsSettings.of(config, "id"),
                START);
    }

    /** The test driver restores nothing by itself. */
    private void restart() {
        drain();
        driver.close();
        driver = null;
        start();
    }

    private void drain() {
        changelog.addAll(driver.createOutputTopic(CHANGELOG, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList());
    }

    private void pipe(Topic topic, byte[] value) {
        TestInputTopic<byte[], byte[]> input =
                driver.createInputTopic(topic.topicName(), new ByteArraySerializer(), new ByteArraySerializer());
        input.pipeInput(new TestRecord<>(Records.layerKey(), value, START));
        drain();
    }

    private List<LayerResult> results() {
        List<LayerResult> results = new ArrayList<>();
        driver.createOutputTopic(Topic.METRICS.topicName(), new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .forEach(record -> {
                    try {
                        results.add(LayerResult.parseFrom(record.value()));
                    } catch (InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                });
        return results;
    }
}
