package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsumerIntakeTest {
    private static final String TOPIC = "collapse.features";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Node BROKER = new Node(1, "b", 1);

    private final FetchingConsumer consumer = new FetchingConsumer();
    private final ConsumerIntake intake = new ConsumerIntake(consumer);
    private double fetches;
    private long nowNanos;

    @BeforeEach
    void assign() {
        leader(BROKER);
        consumer.assign(List.of(PARTITION));
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 0L));
        consumer.seek(PARTITION, 0);
    }

    @Test
    void nothingIsKnownBeforeTheBrokerHasAnswered() {
        assertThat(end()).isEqualTo(Intake.UNKNOWN);
        poll();
        assertThat(end()).isZero();
    }

    @Test
    void recordsThatWereFetchedAreToBeProcessed() {
        publish(0, 1, 2);
        poll();
        assertThat(end()).isEqualTo(3);
        poll();
        assertThat(end()).as("none came since").isEqualTo(3);
    }

    @Test
    void recordsThatTheBrokerStillHasAreToBeProcessed() {
        publish(0, 1, 2);
        poll();
        consumer.updateEndOffsets(Map.of(PARTITION, 10L));
        assertThat(end()).isEqualTo(10);
    }

    @Test
    void markersOfTransactionsAreNoRecords() {
        publish(0, 1, 2);
        poll();
        consumer.updateEndOffsets(Map.of(PARTITION, 4L));
        consumer.seek(PARTITION, 4); // a fetch passes over the marker at 3
        assertThat(end()).isEqualTo(3);
    }

    @Test
    void nothingIsKnownWhileTheBrokerDoesNotAnswer() {
        poll();
        assertThat(end()).isZero();
        for (int second = 0; second < 2; second++) {
            nowNanos += Duration.ofSeconds(1).toNanos();
            intake.polled(consumer.poll(Duration.ZERO), nowNanos); // without an answer
            assertThat(end()).isZero();
        }
        nowNanos += Duration.ofSeconds(1).toNanos();
        assertThat(end()).isEqualTo(Intake.UNKNOWN);
        poll();
        assertThat(end()).isZero();
    }

    @Test
    void nothingIsKnownWhileThePartitionHasNoLeader() {
        poll();
        leader(Node.noNode());
        assertThat(end()).isEqualTo(Intake.UNKNOWN);
        leader(null);
        assertThat(end()).isEqualTo(Intake.UNKNOWN);
    }

    @Test
    void whatWasFetchedOfAPartitionThatWentAndCameBackIsForgotten() {
        publish(0, 1, 2);
        poll();
        TopicPartition other = new TopicPartition(TOPIC, 1);
        consumer.assign(List.of(other));
        consumer.updateEndOffsets(Map.of(other, 0L));
        consumer.seek(other, 0);
        poll();
        assertThat(end()).isEqualTo(Intake.UNKNOWN);
        consumer.assign(List.of(PARTITION));
        consumer.seek(PARTITION, 3); // others processed and committed them
        poll();
        assertThat(end()).isZero();
    }

    @Test
    void whatWasFetchedIsForgottenWhenReadingGoesOnElsewhere() {
        publish(0, 1, 2);
        poll();
        intake.sought(PARTITION);
        assertThat(end()).isZero();
    }

    private long end() {
        return intake.end(PARTITION, nowNanos);
    }

    private void poll() {
        fetches++;
        intake.polled(consumer.poll(Duration.ZERO), nowNanos);
    }

    private void publish(long... offsets) {
        for (long offset : offsets) {
            consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, offset, new byte[0], new byte[0]));
        }
        consumer.updateEndOffsets(Map.of(PARTITION, offsets[offsets.length - 1] + 1));
    }

    private void leader(Node node) {
        consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, node, new Node[0], new Node[0])));
    }

    /** With the one metric that is asked for. */
    private final class FetchingConsumer extends MockConsumer<byte[], byte[]> {
        FetchingConsumer() {
            super("earliest");
        }

        @Override
        public Map<MetricName, ? extends Metric> metrics() {
            MetricName name = new MetricName("fetch-total", "consumer-fetch-manager-metrics", "", Map.of());
            return Map.of(name, new Metric() {
                @Override
                public MetricName metricName() {
                    return name;
                }

                @Override
                public Object metricValue() {
                    return fetches;
                }
            });
        }
    }
}
