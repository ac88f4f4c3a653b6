package dev.collapsemonitor.standalone.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what the monitors of a cluster publish, from the beginning. For one thread. */
final class Results implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;

    Results(String bootstrap) {
        consumer = consumer(bootstrap, Topic.METRICS.topicName());
    }

    /** A consumer of a whole topic from its beginning. */
    static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String topic) {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    /** The next results; none when there are none for a while. */
    List<LayerResult> next(Duration patience) {
        List<LayerResult> results = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
            try {
                results.add(LayerResult.parseFrom(record.value()));
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException("a result that cannot be read", e);
            }
        }
        return results;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
