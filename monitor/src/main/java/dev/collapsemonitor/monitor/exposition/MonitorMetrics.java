package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.Topic;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/** What the monitor says about itself. Alert on {@code collapse_records_rejected_total}: a trainer is misconfigured. */
public final class MonitorMetrics {
    private static final Duration[] EXPORT_TIMES = LongStream.of(
                    10, 25, 50, 100, 200, 300, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private static final Set<Topic> INPUTS =
            EnumSet.of(Topic.RUNS, Topic.FEATURES, Topic.WEIGHTS, Topic.PROGRESS, Topic.METRICS);

    private final Map<Topic, Counter> records = new EnumMap<>(Topic.class);
    private final Map<Topic, Counter> bytes = new EnumMap<>(Topic.class);
    private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);
    private final Counter duplicates;
    private final Counter changelogBytes;
    private final Timer changelogFlush;
    private final Timer restore;
    private final Counter torn;
    private final DistributionSummary completeness;
    private final Timer publishToExport;
    private final Set<LayerStage> stages = ConcurrentHashMap.newKeySet();

    public MonitorMetrics(MeterRegistry registry) {
        for (Topic topic : Topic.values()) {
            records.put(
                    topic,
                    Counter.builder("collapse.records")
                            .description("Records received")
                            .tag("topic", topic.topicName())
                            .register(registry));
            bytes.put(
                    topic,
                    Counter.builder("collapse.records.bytes")
                            .baseUnit("bytes")
                            .description("Bytes of the values of records received")
                            .tag("topic", topic.topicName())
                            .register(registry));
        }
        for (Reason reason : Reason.values()) {
            rejected.put(
                    reason,
                    Counter.builder("collapse.records.rejected")
                            .description("Records rejected and sent to the dead letters")
                            .tag("reason", reason.label())
                            .register(registry));
        }
        duplicates = Counter.builder("collapse.records.duplicate")
                .description("Records that had arrived before and changed nothing")
                .register(registry);
        changelogBytes = Counter.builder("collapse.changelog.written")
                .baseUnit("bytes")
                .description("Bytes of layer state written to its changelog")
                .register(registry);
        changelogFlush = Timer.builder("collapse.changelog.flush")
                .description("Time that a stream thread spends on encoding and sending layer state before a commit")
                .register(registry);
        restore = Timer.builder("collapse.restore")
                .description("Time from when a task came until its layer state was read back from the changelog")
                .register(registry);
        torn = Counter.builder("collapse.state.torn")
                .description(
                        "Pieces of layer state lost because two monitors wrote at a time; their snapshots are partial")
                .register(registry);
        completeness = DistributionSummary.builder("collapse.snapshot.completeness")
                .description("Coverage of closed snapshots: the share of their parts that arrived and was accepted")
                .serviceLevelObjectives(0.25, 0.5, 0.75, 0.9, 0.99, 1)
                .register(registry);
        publishToExport = Timer.builder("collapse.publish.to.export")
                .description("Time from when the broker took the record that closed a snapshot until the snapshot's"
                        + " values are exported")
                .serviceLevelObjectives(EXPORT_TIMES)
                .register(registry);
        gauge(
                registry,
                "collapse.snapshots.open",
                "Snapshots that wait for parts or weights",
                () -> stages.stream().mapToInt(LayerStage::openSnapshots).sum());
        Gauge.builder(
                        "collapse.accumulator",
                        () -> stages.stream()
                                .mapToLong(LayerStage::accumulatorBytes)
                                .sum())
                .baseUnit("bytes")
                .description("Memory that the statistics of open snapshots grow to at most, on and off the heap")
                .strongReference(true)
                .register(registry);
    }

    /** Exports what all layer state takes and may take. */
    public static void stateMemory(MeterRegistry registry, StateBudget budget) {
        Gauge.builder("collapse.state", budget::usedBytes)
                .baseUnit("bytes")
                .description("Memory of all layer state: open snapshots, weights, what was closed")
                .strongReference(true)
                .register(registry);
        Gauge.builder("collapse.state.limit", budget::maxBytes)
                .baseUnit("bytes")
                .description("Memory that layer state may take; beyond it new snapshots are rejected")
                .strongReference(true)
                .register(registry);
    }

    /**
     * Exports how far processing is behind.
     *
     * @param lag records of a topic that are in Kafka and not yet read
     */
    public static void lag(MeterRegistry registry, ToDoubleFunction<Topic> lag) {
        for (Topic topic : INPUTS) {
            Gauge.builder("collapse.lag", topic, lag)
                    .baseUnit("records")
                    .description("Records that are in Kafka and were not read yet; sum over topic for all")
                    .tag("topic", topic.topicName())
                    .strongReference(true)
                    .register(registry);
        }
    }

    /** Takes note of a snapshot that was closed, complete or not. */
    public void closed(double coverage) {
        completeness.record(coverage);
    }

    /** Takes note of a snapshot that is exported from now on. */
    public void exported(Duration sincePublished) {
        publishToExport.record(sincePublished.isNegative() ? Duration.ZERO : sincePublished);
    }

    /** Takes note of state that was written before a commit. */
    public void flushed(long bytes, Duration time) {
        changelogBytes.increment(bytes);
        changelogFlush.record(time);
    }

    /** Takes note of a task whose state was read back. */
    public void restored(Duration time, int tornEntries) {
        restore.record(time);
        torn.increment(tornEntries);
    }

    /** Counts the open snapshots of a stage from now on. */
    public void watch(LayerStage stage) {
        stages.add(stage);
    }

    /** A stage that was closed holds nothing any more. */
    public void forget(LayerStage stage) {
        stages.remove(stage);
    }

    /** Exports how many runs an instance owns and may own, and what they take. */
    public static void ownedRuns(MeterRegistry registry, RunDirectory runs) {
        gauge(
                registry,
                "collapse.runs",
                "Runs that this instance owns",
                () -> runs.all().size());
        gauge(
                registry,
                "collapse.runs.limit",
                "Runs that this instance may own; beyond it ended ones are evicted, or new ones rejected",
                () -> runs.limits().maxRuns());
        FunctionCounter.builder("collapse.runs.evicted", runs, RunDirectory::evictions)
                .description("Runs that had ended and were given up for others")
                .register(registry);
        Gauge.builder("collapse.runs.history", runs::usedBytes)
                .baseUnit("bytes")
                .description("Memory of everything that is kept of runs, about")
                .strongReference(true)
                .register(registry);
        Gauge.builder("collapse.runs.history.limit", () -> runs.limits().maxHistoryBytes())
                .baseUnit("bytes")
                .description(
                        "Memory that may be kept of runs; beyond it ended ones are evicted, or histories get coarser")
                .strongReference(true)
                .register(registry);
    }

    /** Exports a value that is asked for at every scrape. */
    public static void gauge(MeterRegistry registry, String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /** Counts a record on arrival. */
    public void received(Topic topic, byte[] value) {
        records.get(topic).increment();
        bytes.get(topic).increment(value == null ? 0 : value.length);
    }

    /** Counts a rejected record. */
    public void rejected(Reason reason) {
        rejected.get(reason).increment();
    }

    /** Counts a record that changed nothing. */
    public void duplicate() {
        duplicates.increment();
    }
}
