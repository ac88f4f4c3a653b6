package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.topology.GroupContact.Counts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * What Kafka Streams' own metrics say of each stream thread's membership of the group, and of what it has yet to read.
 * Streams has thousands and gathers them anew whenever asked, so those that matter are picked out once a second; their
 * values are always those of the moment.
 */
final class StreamCounts {
    private static final long PICK_MILLIS = 1_000;
    private static final String CONSUMER_SUFFIX = "-consumer";

    private final Supplier<Map<MetricName, ? extends Metric>> source;
    private final LongSupplier clock;
    private List<Metric> picked = List.of();
    private long pickedMillis = Long.MIN_VALUE;

    /** @param clock milliseconds */
    StreamCounts(Supplier<Map<MetricName, ? extends Metric>> source, LongSupplier clock) {
        this.source = source;
        this.clock = clock;
    }

    /** By thread name, those threads whose consumer has joined or tries to. */
    Map<String, Counts> members() {
        Map<String, Long> answers = new HashMap<>();
        Map<String, Long> polls = new HashMap<>();
        for (Metric metric : picked()) {
            MetricName name = metric.metricName();
            if (isHeartbeats(name)) {
                answers.put(withoutSuffix(name.tags().get("client-id")), (long) value(metric));
            } else if (isPolls(name)) {
                polls.put(name.tags().get("thread-id"), (long) value(metric));
            }
        }
        Map<String, Counts> counts = new HashMap<>();
        answers.forEach((thread, count) -> counts.put(thread, new Counts(count, polls.getOrDefault(thread, 0L))));
        return counts;
    }

    /** Records of a topic that the consumers know of and have not read. */
    double lag(String topic) {
        return picked().stream()
                .filter(metric -> isLag(metric.metricName())
                        && topic.equals(metric.metricName().tags().get("topic")))
                .mapToDouble(StreamCounts::value)
                .filter(Double::isFinite) // NaN before the first fetch
                .sum();
    }

    private synchronized List<Metric> picked() {
        long now = clock.getAsLong();
        if (pickedMillis == Long.MIN_VALUE || now - pickedMillis >= PICK_MILLIS) {
            picked = source.get().entrySet().stream()
                    .filter(entry -> isHeartbeats(entry.getKey()) || isPolls(entry.getKey()) || isLag(entry.getKey()))
                    .<Metric>map(Map.Entry::getValue)
                    .toList();
            pickedMillis = now;
        }
        return picked;
    }

    private static boolean isHeartbeats(MetricName name) {
        return name.name().equals("heartbeat-total") && name.group().equals("consumer-coordinator-metrics");
    }

    private static boolean isPolls(MetricName name) {
        return name.name().equals("poll-total") && name.group().equals("stream-thread-metrics");
    }

    private static boolean isLag(MetricName name) {
        return name.name().equals("records-lag") && name.group().equals("consumer-fetch-manager-metrics");
    }

    private static double value(Metric metric) {
        return metric.metricValue() instanceof Number number ? number.doubleValue() : 0;
    }

    private static String withoutSuffix(String clientId) {
        return clientId.endsWith(CONSUMER_SUFFIX)
                ? clientId.substring(0, clientId.length() - CONSUMER_SUFFIX.length())
                : clientId;
    }
}
