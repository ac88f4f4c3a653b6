package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.topology.GroupContact.Counts;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.junit.jupiter.api.Test;

class StreamCountsTest {
    private final Map<MetricName, Metric> metrics = new HashMap<>();
    private final Map<MetricName, Object> values = new HashMap<>();
    private long now = 5;
    private final StreamCounts counts = new StreamCounts(() -> Map.copyOf(metrics), () -> now);

    @Test
    void aThreadsHeartbeatsMeetItsPolls() {
        set("consumer-coordinator-metrics", "heartbeat-total", Map.of("client-id", "app-StreamThread-1-consumer"), 7.0);
        set("stream-thread-metrics", "poll-total", Map.of("thread-id", "app-StreamThread-1"), 9.0);
        set("stream-thread-metrics", "poll-total", Map.of("thread-id", "app-StreamThread-2"), 1.0);

        assertThat(counts.members()).isEqualTo(Map.of("app-StreamThread-1", new Counts(7, 9)));
    }

    @Test
    void theLagOfATopicIsThatOfItsPartitions() {
        lag("a", "0", 5.0);
        lag("a", "1", Double.NaN);
        lag("a", "2", 2.0);
        lag("b", "0", 100.0);

        assertThat(counts.lag("a")).isEqualTo(7);
        assertThat(counts.lag("none")).isZero();
    }

    @Test
    void valuesAreOfTheMomentAndNewMetricsAreFoundAfterASecond() {
        lag("a", "0", 5.0);
        assertThat(counts.lag("a")).isEqualTo(5);
        lag("a", "1", 1.0);
        values.replaceAll((name, value) -> 20.0);
        assertThat(counts.lag("a")).isEqualTo(20);
        now += 1_000;
        assertThat(counts.lag("a")).isEqualTo(40);
    }

    private void lag(String topic, String partition, double value) {
        set("consumer-fetch-manager-metrics", "records-lag", Map.of("topic", topic, "partition", partition), value);
    }

    private void set(String group, String name, Map<String, String> tags, Object value) {
        MetricName metricName = new MetricName(name, group, "", tags);
        values.put(metricName, value);
        metrics.put(metricName, new Metric() {
            @Override
            public MetricName metricName() {
                return metricName;
            }

            @Override
            public Object metricValue() {
                return values.get(metricName);
            }
        });
    }
}
