package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.clients.KafkaRefusal;
import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.progress.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/** Reads what topics hold now, from the beginning to the end of this moment, outside of any consumer group. */
final class TopicScan {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);

    private final String bootstrap;
    private final Map<String, String> settings;
    private final PrintWriter err;

    /**
     * @param settings of the client, in Kafka's names
     * @param err for the progress
     */
    TopicScan(String bootstrap, Map<String, String> settings, PrintWriter err) {
        this.bootstrap = bootstrap;
        this.settings = Map.copyOf(settings);
        this.err = err;
    }

    /** The brokers, for messages. */
    String bootstrap() {
        return bootstrap;
    }

    /**
     * Reads the partitions that hold records of some runs.
     *
     * @param runs names; empty for all
     * @throws UserException when the brokers do not answer, lack the topic or refuse us
     */
    void read(Topic topic, Set<String> runs, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        Map<String, Object> config = KafkaSettings.consumer(bootstrap, settings);
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // What retention removes meanwhile is skipped, not read twice.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<PartitionInfo> all = consumer.partitionsFor(topic.topicName(), PATIENCE);
            if (all == null || all.isEmpty()) {
                throw new UserException("broker " + bootstrap + " lacks the topic " + topic.topicName()
                        + "; run `./collapse topics --bootstrap " + bootstrap + "`");
            }
            List<TopicPartition> partitions = partitions(topic, all.size(), runs);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, PATIENCE);
            long total = partitions.stream()
                    .mapToLong(partition -> ends.get(partition) - starts.get(partition))
                    .sum();
            try (Progress progress = Progress.of("export", Progress.Unit.RECORDS, Math.max(1, total), err)) {
                progress.at(topic.topicName());
                read(consumer, ends, progress, reader);
            }
        } catch (KafkaException e) {
            throw KafkaRefusal.explain(e, bootstrap)
                    .orElseGet(() -> new UserException(
                            "no Kafka broker answers at " + bootstrap + " within " + PATIENCE.toSeconds()
                                    + " s; start one (./collapse broker) or correct --bootstrap",
                            e));
        }
    }

    private void read(
            KafkaConsumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> ends,
            Progress progress,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        long heard = System.nanoTime();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                if (record.offset() < ends.get(partition)) {
                    reader.accept(record);
                }
            }
            progress.read(records.count());
            if (!records.isEmpty()) {
                heard = System.nanoTime();
            } else if (System.nanoTime() - heard > PATIENCE.toNanos()) {
                throw new UserException("Kafka at " + bootstrap + " did not serve "
                        + ends.keySet().iterator().next().topic() + " for " + PATIENCE.toSeconds()
                        + " s; check its health and try again");
            }
        }
    }

    /** All topics of the monitor put the records of a run where the producer's default puts its name. */
    private static List<TopicPartition> partitions(Topic topic, int count, Set<String> runs) {
        Set<Integer> wanted = runs.stream()
                .map(run -> Utils.toPositive(Utils.murmur2(Keys.run(run))) % count)
                .collect(Collectors.toSet());
        return IntStream.range(0, count)
                .filter(partition -> wanted.isEmpty() || wanted.contains(partition))
                .mapToObj(partition -> new TopicPartition(topic.topicName(), partition))
                .toList();
    }
}
