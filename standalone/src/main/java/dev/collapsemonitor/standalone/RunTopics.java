package dev.collapsemonitor.standalone;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.clients.KafkaRefusal;
import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.RunFate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/** What Kafka has of runs: read and deleted without a monitor's HTTP, and whether its monitors have followed. */
final class RunTopics implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);

    /** A run that promised no heartbeat is taken for live for as long after it was heard. */
    private static final Duration LIVELY = Duration.ofMinutes(1);

    private final String bootstrap;
    private final Map<String, String> settings;
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** The newest descriptor of a run. */
    record Described(RunDescriptor descriptor, Instant when) {}

    /** @throws UserException when no broker answers, or it lacks the topics */
    RunTopics(String bootstrap, Map<String, String> kafkaSettings) {
        this.bootstrap = bootstrap;
        settings = Map.copyOf(kafkaSettings);
        Map<String, Object> asking = KafkaSettings.admin(bootstrap, settings);
        asking.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        asking.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis() / 2);
        Map<String, Object> reading = KafkaSettings.consumer(bootstrap, settings);
        reading.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        reading.put(ConsumerConfig.RECONNECT_BACKOFF_MS_CONFIG, 500L); // an absent broker is not asked all the time
        reading.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000L);
        try {
            admin = Admin.create(asking);
            consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            throw failure(e);
        }
    }

    /** All runs that have a descriptor, by name. */
    Map<String, Described> described() {
        Map<String, Described> described = new TreeMap<>();
        List<TopicPartition> partitions = partitions(Topic.RUNS);
        try {
            read(partitions, consumer.beginningOffsets(partitions), record -> {
                String run = new String(record.key(), StandardCharsets.UTF_8);
                if (record.value() == null) {
                    described.remove(run);
                    return;
                }
                try {
                    Instant when = Instant.ofEpochMilli(record.timestamp()).truncatedTo(ChronoUnit.SECONDS);
                    described.put(run, new Described(RunDescriptor.parseFrom(record.value()), when));
                } catch (InvalidProtocolBufferException e) {
                    // Nobody's descriptor: the monitor reports it.
                }
            });
        } catch (KafkaException e) {
            throw failure(e);
        }
        return described;
    }

    /** Whether a run was heard within twice the interval that it promised, and has not ended. */
    boolean isPublishing(RunDescriptor descriptor) {
        Duration promised = Duration.ofMillis(descriptor.getHeartbeatIntervalMs());
        Duration window = promised.isZero() ? LIVELY : promised.multipliedBy(2);
        byte[] key = Keys.run(descriptor.getRun());
        TopicPartition partition = partition(Topic.PROGRESS, key);
        boolean[] live = new boolean[1];
        try {
            readSince(List.of(partition), System.currentTimeMillis() - window.toMillis(), record -> {
                if (Arrays.equals(key, record.key()) && record.value() != null) {
                    try {
                        live[0] = !Run.isEnd(Progress.parseFrom(record.value()));
                    } catch (InvalidProtocolBufferException e) {
                        // Nobody's progress.
                    }
                }
            });
        } catch (KafkaException e) {
            throw failure(e);
        }
        return live[0];
    }

    /** Writes the tombstone of a run. */
    RecordMetadata delete(String run) {
        Map<String, Object> writing = KafkaSettings.producer(bootstrap, settings);
        writing.put(ProducerConfig.ACKS_CONFIG, "all");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer())) {
            return producer.send(new ProducerRecord<>(Topic.RUNS.topicName(), Keys.run(run), null))
                    .get();
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (KafkaException e) {
            throw failure(e);
        }
    }

    /** Whether a monitor is at work under an application id. */
    boolean isMonitored(String applicationId) {
        try {
            return !get(admin.describeConsumerGroups(List.of(applicationId))
                            .describedGroups()
                            .get(applicationId))
                    .members()
                    .isEmpty();
        } catch (GroupIdNotFoundException e) {
            return false;
        } catch (KafkaException e) {
            return true; // a group of another protocol: its offsets tell
        }
    }

    /**
     * Waits until the monitors have forgotten a run: their stage of runs has committed the tombstone, and that of layers what
     * it was told of it.
     *
     * @return false when they have not in time
     */
    boolean awaitForgotten(String run, RecordMetadata tombstone, String applicationId, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        TopicPartition runs = new TopicPartition(tombstone.topic(), tombstone.partition());
        if (!awaitCommitted(applicationId, Map.of(runs, tombstone.offset() + 1), deadline)) {
            return false;
        }
        Map<TopicPartition, Long> told = new HashMap<>();
        try {
            readSince(partitions(Topic.CONTROL), tombstone.timestamp(), record -> {
                if (isDeletion(record, run, tombstone.timestamp())) {
                    told.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
                }
            });
        } catch (KafkaException e) {
            throw failure(e);
        }
        return awaitCommitted(applicationId, told, deadline);
    }

    private static boolean isDeletion(ConsumerRecord<byte[], byte[]> record, String run, long deletedMillis) {
        try {
            LayerControl control = LayerControl.parseFrom(record.value());
            return control.getFate() == RunFate.DELETED
                    && control.getRun().equals(run)
                    && control.getDeletedMs() == deletedMillis;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    private boolean awaitCommitted(String applicationId, Map<TopicPartition, Long> offsets, long deadline) {
        while (true) {
            Map<TopicPartition, OffsetAndMetadata> committed;
            try {
                committed = get(admin.listConsumerGroupOffsets(applicationId).partitionsToOffsetAndMetadata());
            } catch (KafkaException e) {
                throw failure(e);
            }
            boolean all = offsets.entrySet().stream().allMatch(wanted -> {
                OffsetAndMetadata reached = committed.get(wanted.getKey());
                return reached != null && reached.offset() >= wanted.getValue();
            });
            if (all || System.nanoTime() > deadline) {
                return all;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private List<TopicPartition> partitions(Topic topic) {
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            if (partitions.isEmpty()) {
                throw new UserException("broker " + bootstrap + " lacks the topics of Collapse Monitor; run"
                        + " `./collapse topics --bootstrap " + bootstrap + "`");
            }
            return partitions;
        } catch (KafkaException e) {
            throw failure(e);
        }
    }

    /** Where the producer's default partitioner puts a key. */
    private TopicPartition partition(Topic topic, byte[] key) {
        return new TopicPartition(
                topic.topicName(),
                Utils.toPositive(Utils.murmur2(key)) % partitions(topic).size());
    }

    private void readSince(
            Collection<TopicPartition> partitions, long millis, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, millis));
        Map<TopicPartition, Long> from = new HashMap<>();
        consumer.offsetsForTimes(times).forEach((partition, found) -> {
            OffsetAndTimestamp first = found;
            if (first != null) {
                from.put(partition, first.offset());
            }
        });
        read(List.copyOf(from.keySet()), from, reader);
    }

    private void read(
            List<TopicPartition> partitions,
            Map<TopicPartition, Long> from,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        consumer.assign(partitions);
        from.forEach(consumer::seek);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            int records = 0;
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.key() != null) {
                    reader.accept(record);
                }
                records++;
            }
            if (records > 0) {
                deadline = System.nanoTime() + PATIENCE.toNanos();
            } else if (System.nanoTime() > deadline) {
                throw new UserException("broker " + bootstrap + " has served nothing of "
                        + partitions.get(0).topic() + " for " + PATIENCE.toSeconds()
                        + " s; check its health and try again");
            }
        }
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static UserException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new UserException("interrupted while waiting for Kafka", e);
    }

    private UserException failure(Throwable e) {
        return KafkaRefusal.explain(e, bootstrap)
                .orElseGet(() -> new UserException(
                        "no Kafka broker answers at " + bootstrap + " within " + PATIENCE.toSeconds()
                                + " s; start one (./collapse broker) or correct --bootstrap",
                        e));
    }

    @Override
    public void close() {
        consumer.close();
        admin.close(Duration.ZERO);
    }
}
