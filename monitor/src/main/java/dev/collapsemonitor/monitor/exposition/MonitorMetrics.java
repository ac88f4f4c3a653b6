package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.Topic;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What the monitor says about itself. Alert on {@code collapse_records_rejected_total}: a trainer is misconfigured. */
public final class MonitorMetrics {
    private final Map<Topic, Counter> records = new EnumMap<>(Topic.class);
    private final Map<Topic, Counter> bytes = new EnumMap<>(Topic.class);
    private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);
    private final Counter duplicates;
    private final Counter changelogBytes;
    private final Timer changelogFlush;
    private final Timer restore;
    private final Counter torn;
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
