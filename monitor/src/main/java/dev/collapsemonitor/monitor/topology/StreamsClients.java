package dev.collapsemonitor.monitor.topology;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The clients of Kafka Streams, as it makes them itself, but the main consumer of each stream thread can be asked by the
 * processors of that thread what is still to come.
 *
 * <p>With {@code group.protocol=streams} Streams makes its consumers without asking (4.3.1); every partition then counts as
 * read to its end, and time as caught up unless the process stood still.
 */
final class StreamsClients implements KafkaClientSupplier, Intake {
    private final ThreadLocal<ConsumerIntake> ofThread = new ThreadLocal<>();

    @Override
    public long end(TopicPartition partition) {
        ConsumerIntake intake = ofThread.get();
        return intake == null ? 0 : intake.end(partition);
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new MainConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private final class MainConsumer extends KafkaConsumer<byte[], byte[]> {
        private final ConsumerIntake intake = new ConsumerIntake(this);

        MainConsumer(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
            ofThread.set(intake); // made on one thread, polled on another
            intake.polled(records, System.nanoTime());
            return records;
        }

        @Override
        public void seek(TopicPartition partition, long offset) {
            super.seek(partition, offset);
            intake.sought(partition);
        }

        @Override
        public void seek(TopicPartition partition, OffsetAndMetadata offset) {
            super.seek(partition, offset);
            intake.sought(partition);
        }
    }
}
