package dev.collapsemonitor.monitor.exposition;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import java.util.Set;
import org.apache.kafka.streams.KafkaStreams;

/** What the JVM and Kafka Streams measure of themselves. Kafka Streams has thousands of metrics: a few are exported. */
public final class PlatformMetrics implements AutoCloseable {
    /**
     * Of all of Kafka's metrics those that say where time goes, what moves, and what goes wrong; per thread or client, none
     * per partition. No times: Kafka has them in milliseconds, and Prometheus' are in seconds.
     */
    private static final Set<String> KAFKA = Set.of(
            "kafka_stream_alive_stream_threads",
            "kafka_stream_failed_stream_threads_total",
            "kafka_stream_thread_process_total",
            "kafka_stream_thread_process_ratio",
            "kafka_stream_thread_poll_ratio",
            "kafka_stream_thread_punctuate_ratio",
            "kafka_stream_thread_commit_ratio",
            "kafka_stream_thread_commit_total",
            "kafka_stream_thread_task_closed_total",
            "kafka_consumer_coordinator_rebalance_total",
            "kafka_consumer_coordinator_failed_rebalance_total",
            "kafka_consumer_coordinator_heartbeat_total",
            "kafka_consumer_coordinator_assigned_partitions",
            "kafka_consumer_fetch_manager_bytes_consumed_total",
            "kafka_consumer_fetch_manager_fetch_total",
            "kafka_producer_record_send_total",
            "kafka_producer_record_error_total",
            "kafka_producer_record_retry_total",
            "kafka_producer_buffer_available_bytes");

    private static final String KAFKA_PREFIX = "kafka.";

    /** Named against Prometheus' rules: a gauge with a histogram's suffix, and nanoseconds. */
    private static final Set<String> ILL_NAMED = Set.of("system.cpu.count", "process.cpu.time");

    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final KafkaStreamsMetrics kafka;

    /** Exports them as long as this is not closed; of a registry with the {@link #filter}. */
    public PlatformMetrics(MeterRegistry registry, KafkaStreams streams) {
        jvm(registry);
        gc.bindTo(registry);
        kafka = new KafkaStreamsMetrics(streams);
        kafka.bindTo(registry);
    }

    /** Decides which of these are exported; to be called on a new registry. */
    public static void filter(MeterRegistry registry) {
        registry.config().meterFilter(new MeterFilter() {
            @Override
            public MeterFilterReply accept(Meter.Id id) {
                String name = id.getName();
                boolean refused = ILL_NAMED.contains(name) || (name.startsWith(KAFKA_PREFIX) && !isChosen(name));
                return refused ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
            }
        });
    }

    private static boolean isChosen(String name) {
        String exported = name.replace('.', '_');
        return KAFKA.contains(exported) || KAFKA.contains(exported + "_total");
    }

    /** Names of those of Kafka's metrics that are exported. */
    public static Set<String> kafkaNames() {
        return KAFKA;
    }

    /** Exports what the JVM measures at any time. */
    public static void jvm(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    @Override
    public void close() {
        kafka.close();
        gc.close();
    }
}
