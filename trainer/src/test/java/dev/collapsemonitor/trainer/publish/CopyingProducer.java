package dev.collapsemonitor.trainer.publish;

import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Keeps what was sent as Kafka's producer does: in memory of its own, since the publisher uses the record's again. */
class CopyingProducer extends MockProducer<byte[], byte[]> {
    /** Acknowledges at once. */
    CopyingProducer() {
        this(true);
    }

    /** @param autoComplete whether sends are acknowledged at once */
    CopyingProducer(boolean autoComplete) {
        super(autoComplete, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the copy needs no lock
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        byte[] value = record.value() == null ? null : record.value().clone();
        return super.send(
                new ProducerRecord<>(
                        record.topic(), record.partition(), record.timestamp(), record.key(), value, record.headers()),
                callback);
    }
}
