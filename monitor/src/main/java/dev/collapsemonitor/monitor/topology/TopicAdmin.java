package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.clients.KafkaRefusal;
import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates the topics that are missing and verifies those that exist.
 *
 * <p>What decides correctness is enforced: one partition count for all topics (features and weights of a key must meet
 * in one task), the broker's clock on the records, the cleanup policy, and room for the largest record. Retention is
 * the operator's to choose, so a difference there is reported and kept.
 */
public final class TopicAdmin implements AutoCloseable {
    /** Replication factor that leaves the choice to the broker ({@code default.replication.factor}). */
    public static final short BROKER_DEFAULT_REPLICATION = -1;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int PROBE_MILLIS = 3000;
    private static final Duration VISIBILITY_POLL = Duration.ofMillis(20);

    private final String bootstrap;
    private final Admin admin;

    /**
     * Opens a client; the broker is asked only by the other methods.
     *
     * @param bootstrap brokers to ask first, {@code host:port,…}
     * @param kafkaSettings further client settings (security), in Kafka's names
     * @throws UserException when the addresses or settings are malformed
     */
    public TopicAdmin(String bootstrap, Map<String, String> kafkaSettings) {
        this.bootstrap = bootstrap;
        Map<String, Object> settings = KafkaSettings.admin(bootstrap, kafkaSettings);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis() / 2);
        // An absent broker is asked once a second instead of twenty times.
        settings.put(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, 500L);
        settings.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000L);
        try {
            this.admin = Admin.create(settings);
        } catch (KafkaException e) {
            throw new UserException("cannot connect to Kafka at " + bootstrap + ": " + rootMessage(e), e);
        }
    }

    /** What was done about one topic. */
    public enum Action {
        /** The topic was missing. */
        CREATED,
        /** The topic existed and fits. */
        VERIFIED
    }

    /**
     * One topic after {@link #ensure}.
     *
     * @param differences settings of an existing topic that differ from ours but may, as {@code name=value (ours: value)}
     */
    public record Outcome(Topic topic, Action action, int partitions, List<String> differences) {}

    /**
     * Whether a broker answers now; waits for it at most three seconds.
     *
     * @throws UserException when a broker answers but refuses us
     */
    public boolean brokerAnswers() {
        try {
            get(admin.describeCluster(new DescribeClusterOptions().timeoutMs(PROBE_MILLIS))
                    .clusterId());
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (KafkaException e) {
            throw explained(e);
        }
    }

    /**
     * Creates missing topics and verifies existing ones.
     *
     * @param partitions the count that every topic must have; empty: the count of those that exist, else
     *     {@value Topic#DEFAULT_PARTITIONS}
     * @param replicationFactor for topics that are created; {@link #BROKER_DEFAULT_REPLICATION} leaves it to the broker
     * @return one outcome per topic, in the order of {@link Topic}
     * @throws UserException when no broker answers, or an existing topic does not fit
     */
    public List<Outcome> ensure(OptionalInt partitions, short replicationFactor) {
        try {
            Map<Topic, Integer> existing = existingPartitions();
            int count = partitions.orElseGet(
                    () -> existing.values().stream().findFirst().orElse(Topic.DEFAULT_PARTITIONS));
            requirePartitions(existing, count);
            Set<Topic> created = EnumSet.noneOf(Topic.class);
            for (Topic topic : Topic.values()) {
                if (!existing.containsKey(topic) && create(topic, count, replicationFactor)) {
                    created.add(topic);
                }
            }
            requirePartitions(awaitAll(existing), count);
            return Stream.of(Topic.values())
                    .map(topic -> created.contains(topic)
                            ? new Outcome(topic, Action.CREATED, count, List.of())
                            : new Outcome(topic, Action.VERIFIED, count, verifySettings(topic)))
                    .toList();
        } catch (KafkaException e) {
            throw explained(e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }

    private Map<Topic, Integer> existingPartitions() {
        List<String> names = Stream.of(Topic.values()).map(Topic::topicName).toList();
        Map<String, KafkaFuture<TopicDescription>> descriptions =
                admin.describeTopics(names).topicNameValues();
        Map<Topic, Integer> partitions = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            try {
                partitions.put(
                        topic,
                        get(descriptions.get(topic.topicName())).partitions().size());
            } catch (UnknownTopicOrPartitionException missing) {
                // To be created.
            }
        }
        return partitions;
    }

    /**
     * Waits until the brokers know the topics. A creation is acknowledged before the metadata has spread, and a Streams
     * application that starts in between stops for want of its source topics.
     */
    private Map<Topic, Integer> awaitAll(Map<Topic, Integer> known) {
        Map<Topic, Integer> visible = known;
        long start = System.nanoTime();
        while (visible.size() < Topic.values().length) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new TimeoutException("created topics do not become visible");
            }
            LockSupport.parkNanos(VISIBILITY_POLL.toNanos());
            visible = existingPartitions();
        }
        return visible;
    }

    private static void requirePartitions(Map<Topic, Integer> existing, int count) {
        existing.forEach((topic, partitions) -> {
            if (partitions != count) {
                throw new UserException("topic " + topic.topicName() + " has " + partitions + " partitions instead of "
                        + count + "; all topics need the same count: pass --partitions " + partitions
                        + " or delete the topic" + differing(existing));
            }
        });
    }

    private static String differing(Map<Topic, Integer> existing) {
        TreeSet<Integer> counts = new TreeSet<>(existing.values());
        return counts.size() == 1 ? "" : " (existing topics have " + counts + ")";
    }

    /** Returns false when another client created the topic in the meantime: several monitors may start at once. */
    private boolean create(Topic topic, int partitions, short replicationFactor) {
        NewTopic wanted = new NewTopic(
                        topic.topicName(),
                        Optional.of(partitions),
                        replicationFactor < 0 ? Optional.empty() : Optional.of(replicationFactor))
                .configs(topic.settings());
        try {
            get(admin.createTopics(List.of(wanted)).all());
            return true;
        } catch (TopicExistsException e) {
            return false;
        }
    }

    private List<String> verifySettings(Topic topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName());
        Config actual = get(admin.describeConfigs(List.of(resource)).values().get(resource));
        List<String> differences = new ArrayList<>();
        topic.settings().forEach((name, wanted) -> {
            String value = actual.get(name).value();
            if (value.equals(wanted)) {
                return;
            }
            if (isHarmful(name, value, wanted)) {
                throw new UserException("topic " + topic.topicName() + " has " + name + "=" + value + ", but " + wanted
                        + " is needed; change it with kafka-configs or delete the topic");
            }
            differences.add(name + "=" + value + " (ours: " + wanted + ")");
        });
        return differences;
    }

    private static boolean isHarmful(String name, String value, String wanted) {
        return switch (name) {
            case "cleanup.policy", "message.timestamp.type" -> true;
            case "max.message.bytes" -> Long.parseLong(value) < Long.parseLong(wanted);
            default -> false;
        };
    }

    private UserException explained(KafkaException e) {
        if (e instanceof TimeoutException) {
            return new UserException(
                    "no Kafka broker answers at " + bootstrap + " within " + PATIENCE.toSeconds()
                            + " s; start one (./collapse broker) or correct --bootstrap",
                    e);
        }
        return KafkaRefusal.explain(e, bootstrap)
                .orElseGet(() -> new UserException("Kafka at " + bootstrap + " answers: " + rootMessage(e), e));
    }

    /** Waits for the answer; the client's own timeout bounds the wait. */
    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }
}
