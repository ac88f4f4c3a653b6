package dev.collapsemonitor.protocol;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The topics and their settings: the one place that names them.
 *
 * <p>All input topics stamp records with the broker's clock ({@code LogAppendTime}), so that a trainer's clock never
 * decides anything, and have the same number of partitions, so that the keys of one run and layer meet in one task.
 */
public enum Topic {
    /** Descriptor of the newest attempt of each run. Key: run. */
    RUNS("collapse.runs", Cleanup.COMPACT, null, -1),
    /** Feature batches. Key: run/layer. */
    FEATURES("collapse.features", Cleanup.DELETE, Duration.ofHours(1), Topic.FEATURE_BYTES),
    /** Weight chunks. Key: run/layer. */
    WEIGHTS("collapse.weights", Cleanup.DELETE, Duration.ofHours(1), Topic.FEATURE_BYTES),
    /** Loss, accuracy, heartbeat, end. Key: run. */
    PROGRESS("collapse.progress", Cleanup.DELETE, Duration.ofDays(7), -1),
    /** Results per layer. Key: run/layer. */
    METRICS("collapse.metrics", Cleanup.DELETE, Duration.ofDays(90), -1),
    /** Status and phase changes. Key: run. */
    ALERTS("collapse.alerts", Cleanup.DELETE, Duration.ofDays(90), -1),
    /** What became of runs, from the monitor to itself. Key: run/layer. */
    CONTROL("collapse.control", Cleanup.DELETE, Duration.ofDays(7), -1),
    /** Rejected records as received, the reason in headers. */
    DEAD_LETTERS("collapse.dead-letters", Cleanup.DELETE, Duration.ofDays(7), 256L << 20);

    /** Partitions of every topic unless told otherwise. */
    public static final int DEFAULT_PARTITIONS = 12;

    /** Largest record that a topic takes, in bytes; publishers split their rows below {@link #TARGET_RECORD_BYTES}. */
    public static final int MAX_RECORD_BYTES = 1 << 20;

    /** What publishers aim at: small enough for the default limits of brokers, large enough to be cheap per byte. */
    public static final int TARGET_RECORD_BYTES = 512 << 10;

    // Per partition: bounds the disk of a broker that serves many fast runs.
    private static final long FEATURE_BYTES = 1L << 30;

    private final String topicName;
    private final Cleanup cleanup;
    private final Duration retention;
    private final long retentionBytes;

    Topic(String topicName, Cleanup cleanup, Duration retention, long retentionBytes) {
        this.topicName = topicName;
        this.cleanup = cleanup;
        this.retention = retention;
        this.retentionBytes = retentionBytes;
    }

    /** The name on the broker. */
    public String topicName() {
        return topicName;
    }

    /** Settings for the creation of the topic, in Kafka's names. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cleanup.policy", cleanup == Cleanup.COMPACT ? "compact" : "delete");
        settings.put("message.timestamp.type", "LogAppendTime");
        settings.put("max.message.bytes", Integer.toString(MAX_RECORD_BYTES + (64 << 10)));
        if (retention != null) {
            settings.put("retention.ms", Long.toString(retention.toMillis()));
        }
        if (retentionBytes > 0) {
            settings.put("retention.bytes", Long.toString(retentionBytes));
        }
        return settings;
    }

    private enum Cleanup {
        COMPACT,
        DELETE
    }
}
