package dev.collapsemonitor.trainer.publish;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.clients.KafkaRefusal;
import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * A Kafka cluster as trainers see it. Whatever is wrong with it is said in one line within {@link #PATIENCE}.
 *
 * @param bootstrap {@code host:port,…}
 * @param settings of the clients, in Kafka's names, on top of this class's own; such as security settings
 */
public record Broker(String bootstrap, Map<String, String> settings) {
    /** How long to wait for a broker that does not answer. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final List<Topic> INPUTS = List.of(Topic.RUNS, Topic.FEATURES, Topic.WEIGHTS, Topic.PROGRESS);

    public Broker {
        settings = Map.copyOf(settings);
    }

    /** A broker that needs no further settings. */
    public static Broker at(String bootstrap) {
        return new Broker(bootstrap, Map.of());
    }

    /**
     * Checks that the broker answers and that the topics for trainers exist.
     *
     * @throws UserException otherwise
     */
    public void check() {
        Map<String, Object> config = KafkaSettings.admin(bootstrap, settings);
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        Admin admin;
        try {
            admin = Admin.create(config);
        } catch (KafkaException e) {
            throw unusable(e);
        }
        try {
            admin.describeCluster().nodes().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            List<String> names = INPUTS.stream().map(Topic::topicName).toList();
            admin.describeTopics(names).allTopicNames().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new UserException("broker " + bootstrap + " lacks the topics of Collapse Monitor; run"
                        + " `./collapse topics --bootstrap " + bootstrap + "`");
            }
            throw failed(e);
        } catch (TimeoutException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("interrupted while connecting to broker " + bootstrap, e);
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    /** The newest descriptor of a run, if the cluster has one. The topic is compacted: this reads one partition of it. */
    public Optional<RunDescriptor> descriptor(String run) {
        Map<String, Object> config = KafkaSettings.consumer(bootstrap, settings);
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        byte[] key = Keys.run(run);
        RunDescriptor newest = null;
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            String topic = Topic.RUNS.topicName();
            int partitions = consumer.partitionsFor(topic, PATIENCE).size();
            // Where the producer's default partitioner puts this key.
            TopicPartition partition = new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % partitions);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition), PATIENCE).get(partition);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition) < end) {
                if (System.nanoTime() > deadline) {
                    throw new UserException("broker " + bootstrap + " did not serve topic " + topic + " within "
                            + PATIENCE.toSeconds() + " s; check its health and try again");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (Arrays.equals(key, record.key())) {
                        newest = record.value() == null ? null : parse(record.value(), newest);
                    }
                }
            }
        } catch (KafkaException e) {
            throw failed(e);
        }
        return Optional.ofNullable(newest);
    }

    /** A producer for a background thread: it may block while the broker is away, for a bounded time. */
    Producer<byte[], byte[]> producer() {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        // As large as a record: the producer reuses buffers of this size and allocates larger ones anew.
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, Topic.MAX_RECORD_BYTES);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_RECORD_BYTES + (64 << 10));
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000); // blocks the background thread only
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 15_000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 60_000);
        config.putAll(KafkaSettings.producer(bootstrap, settings));
        try {
            return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        } catch (KafkaException e) {
            throw unusable(e);
        }
    }

    /** The same cluster with further settings of the clients, which win over those given before. */
    public Broker with(Map<String, String> further) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(further);
        return new Broker(bootstrap, all);
    }

    private static RunDescriptor parse(byte[] value, RunDescriptor otherwise) {
        try {
            return RunDescriptor.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            return otherwise; // not ours; the monitor reports it
        }
    }

    private UserException failed(Exception e) {
        return KafkaRefusal.explain(e, bootstrap)
                .orElseGet(() -> new UserException(
                        "no Kafka broker answers at " + bootstrap + " (waited " + PATIENCE.toSeconds()
                                + " s); start one, such as `./collapse broker`, or mend --bootstrap",
                        e));
    }

    private UserException unusable(KafkaException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return new UserException("cannot connect to \"" + bootstrap + "\": " + cause.getMessage(), e);
    }
}
