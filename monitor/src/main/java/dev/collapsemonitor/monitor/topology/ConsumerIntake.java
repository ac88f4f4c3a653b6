package dev.collapsemonitor.monitor.topology;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The intake of one consumer, asked on its thread. Its lag alone does not tell: records may wait between the consumer and
 * the processor, and an absent broker leaves the lag as it was.
 */
final class ConsumerIntake implements Intake {
    /** The broker answers a fetch within {@code fetch.max.wait.ms}, 500 ms, though it has nothing. */
    private static final long ANSWER_WITHIN_NANOS = Duration.ofSeconds(3).toNanos();

    private static final String ANSWERED_FETCHES = "fetch-total";

    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> fetchedEnds = new HashMap<>();
    private Metric answeredFetches; // null before the first poll
    private double answers;
    private long answeredNanos;

    ConsumerIntake(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** Takes note of what a poll returned. */
    void polled(ConsumerRecords<byte[], byte[]> records, long nowNanos) {
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> fetched = records.records(partition);
            fetchedEnds.put(partition, fetched.get(fetched.size() - 1).offset() + 1);
        }
        fetchedEnds.keySet().retainAll(consumer.assignment());
        double now = answeredFetches();
        if (now > answers) {
            answers = now;
            answeredNanos = nowNanos;
        }
    }

    /** What was fetched of a partition is given up: reading goes on elsewhere. */
    void sought(TopicPartition partition) {
        fetchedEnds.remove(partition);
    }

    @Override
    public long end(TopicPartition partition) {
        return end(partition, System.nanoTime());
    }

    long end(TopicPartition partition, long nowNanos) {
        boolean answered = answers > 0 && nowNanos - answeredNanos < ANSWER_WITHIN_NANOS;
        if (!answered || !consumer.assignment().contains(partition) || !hasLeader(partition)) {
            return UNKNOWN;
        }
        OptionalLong lag = consumer.currentLag(partition);
        if (lag.isEmpty()) {
            return UNKNOWN;
        }
        // At the end, the position may be behind markers of transactions, which are no records.
        return lag.getAsLong() == 0
                ? fetchedEnds.getOrDefault(partition, 0L)
                : consumer.position(partition) + lag.getAsLong();
    }

    /** Other brokers may answer while that of the partition is gone. */
    private boolean hasLeader(TopicPartition partition) {
        try {
            return consumer.partitionsFor(partition.topic(), Duration.ZERO).stream()
                    .anyMatch(info -> info.partition() == partition.partition()
                            && info.leader() != null
                            && !info.leader().isEmpty());
        } catch (TimeoutException e) {
            return false; // the consumer does not even know the topic now
        }
    }

    private double answeredFetches() {
        if (answeredFetches == null) {
            consumer.metrics().forEach((name, metric) -> {
                if (name.name().equals(ANSWERED_FETCHES)) {
                    answeredFetches = metric;
                }
            });
        }
        return answeredFetches == null ? 0 : (double) answeredFetches.metricValue();
    }
}
