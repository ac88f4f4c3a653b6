package dev.collapsemonitor.standalone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer that tries for as long as a fault lasts, and says when all it took is acknowledged. */
final class Sender implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final ExecutorService handing = Executors.newSingleThreadExecutor();
    private final List<Future<List<Future<RecordMetadata>>>> underWay = new ArrayList<>();

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
    }

    /** Hands records over, in the background: without a broker a producer may make its caller wait. */
    Sender begin(List<ProducerRecord<byte[], byte[]>> records) {
        underWay.add(handing.submit(() -> records.stream().map(producer::send).toList()));
        return this;
    }

    /** Waits until the broker has acknowledged everything. */
    void finish() throws InterruptedException {
        try {
            for (Future<List<Future<RecordMetadata>>> handed : underWay) {
                for (Future<RecordMetadata> sent : handed.get()) {
                    sent.get();
                }
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a record was not acknowledged", e);
        }
        underWay.clear();
    }

    @Override
    public void close() {
        handing.shutdownNow();
        producer.close(Duration.ZERO);
    }
}
