package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.topology.GroupContact.Counts;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/** What Kafka Streams' own metrics say of each stream thread's membership of the group. */
final class StreamCounts {
    private static final String CONSUMER_SUFFIX = "-consumer";

    private StreamCounts() {}

    /** By thread name, those threads whose consumer has joined or tries to. */
    static Map<String, Counts> of(Map<MetricName, ? extends Metric> metrics) {
        Map<String, Long> answers = new HashMap<>();
        Map<String, Long> polls = new HashMap<>();
        metrics.forEach((name, metric) -> {
            if (name.name().equals("heartbeat-total") && name.group().equals("consumer-coordinator-metrics")) {
                answers.put(withoutSuffix(name.tags().get("client-id")), count(metric));
            } else if (name.name().equals("poll-total") && name.group().equals("stream-thread-metrics")) {
                polls.put(name.tags().get("thread-id"), count(metric));
            }
        });
        Map<String, Counts> counts = new HashMap<>();
        answers.forEach((thread, count) -> counts.put(thread, new Counts(count, polls.getOrDefault(thread, 0L))));
        return counts;
    }

    private static String withoutSuffix(String clientId) {
        return clientId.endsWith(CONSUMER_SUFFIX)
                ? clientId.substring(0, clientId.length() - CONSUMER_SUFFIX.length())
                : clientId;
    }

    private static long count(Metric metric) {
        return metric.metricValue() instanceof Number number ? number.longValue() : 0;
    }
}
