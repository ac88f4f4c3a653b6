package dev.collapsemonitor.trainer.publish;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands records to the producer, which may block, and counts what did not reach the broker. For several threads. */
final class RecordSender {
    private static final Logger log = LoggerFactory.getLogger(RecordSender.class);

    private final Producer<byte[], byte[]> producer;
    private final String run;
    private final AtomicLong dropped = new AtomicLong();

    RecordSender(Producer<byte[], byte[]> producer, String run) {
        this.producer = producer;
        this.run = run;
    }

    void send(ProducerRecord<byte[], byte[]> record) {
        try {
            // A send that timed out waiting for the broker does not throw: only the callback hears of it.
            Future<?> unused = producer.send(record, (metadata, error) -> {
                if (error != null) {
                    lost(1, error.toString());
                }
            });
        } catch (KafkaException e) {
            lost(1, e.toString());
        }
    }

    /** Counts records that will never reach the broker. */
    void lost(long records, String reason) {
        if (records > 0 && dropped.getAndAdd(records) == 0) {
            log.warn("run {}: a record did not reach the broker, more may follow: {}", run, reason);
        }
    }

    long dropped() {
        return dropped.get();
    }

    void close(Duration timeout) {
        producer.close(timeout);
    }
}
