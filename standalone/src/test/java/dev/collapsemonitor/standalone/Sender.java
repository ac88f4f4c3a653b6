package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer that tries for as long as a fault lasts, and says when all it took is acknowledged. */
final class Sender implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<?>> underWay = new ArrayList<>();

    Sender(String bootstrap) {
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "max.block.ms",
                        600_000,
                        "request.timeout.ms",
                        5_000,
                        "delivery.timeout.ms",
                        600_000,
                        "max.request.size",
                        2 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        // Known from the beginning, so that handing over during an outage does not wait for its end.
        producer.partitionsFor(Topic.FEATURES.topicName());
        producer.partitionsFor(Topic.WEIGHTS.topicName());
    }

    /** Hands records over. */
    Sender begin(List<ProducerRecord<byte[], byte[]>> records) {
        records.forEach(record -> underWay.add(producer.send(record)));
        return this;
    }

    /** Waits until the broker has acknowledged everything. */
    void finish() throws InterruptedException {
        producer.flush();
        for (Future<?> future : underWay) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new AssertionError("a record was not acknowledged", e);
            }
        }
        underWay.clear();
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
