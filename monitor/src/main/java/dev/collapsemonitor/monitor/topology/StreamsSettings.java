package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.topology.MonitorConfig.Guarantee;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Kafka Streams' settings for this application; whatever the user passes overrides them. */
final class StreamsSettings {
    private static final int SESSION_TIMEOUT_MILLIS = 10_000;
    /** Of all threads at the same moment, which they need not wait for: {@link CommitTurn}. */
    private static final int COMMIT_INTERVAL_MILLIS = 600_000;
    /** With transactions nobody sees a result before its commit. */
    private static final int TRANSACTION_MILLIS = 5_000;

    private static final int FETCH_BYTES = 8 << 20;

    private StreamsSettings() {}

    /** @param instanceId static membership of the group: a restart is no change of the group */
    static Properties of(MonitorConfig config, String instanceId) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrap());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, config.stateDir().toString());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                config.state().guarantee() == Guarantee.EXACTLY_ONCE_V2 ? TRANSACTION_MILLIS : COMMIT_INTERVAL_MILLIS);
        properties.put(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                config.state().guarantee().toString());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.state().standbyReplicas());
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), instanceId);
        // Results wait for nothing: 100 ms, the default in Streams, is most of the way to the dashboard.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
        // The run stage keeps records of the largest size that topics take, and adds a key.
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
                MonitorTopology.MAX_CHANGELOG_RECORD_BYTES);
        // 0.5 MB records: these two settings triple what one consumer reads (measured, see RATIONALE.md).
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), FETCH_BYTES);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), -1);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MILLIS);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        // The behaviour that Kafka 5 makes the default; without it every start warns three times.
        properties.put("processing.exception.handler.global.enabled", true);
        if (!config.advertisedUrl().isEmpty()) {
            properties.put(
                    StreamsConfig.APPLICATION_SERVER_CONFIG,
                    AdvertisedUrl.parse(config.advertisedUrl()).hostAndPort());
        }
        properties.putAll(config.kafkaSettings());
        return properties;
    }

    /** After how long without an answer the group gives the tasks of a member to others. */
    static long sessionTimeoutMillis(Properties properties) {
        return Stream.of(
                        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                        StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG)
                .map(properties::get)
                .filter(Objects::nonNull)
                .findFirst()
                .map(value -> Long.parseLong(value.toString()))
                .orElseThrow();
    }
}
