package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends rejected records on as they came, the reason in headers, and counts them: nothing kills a thread. */
final class DeadLetters {
    static final String LAYERS_SINK = "dead-letters-of-layers";
    static final String RUNS_SINK = "dead-letters-of-runs";

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    /** What the producer's default max.request.size surely takes, our headers included. */
    private static final int MAX_BYTES = Topic.MAX_RECORD_BYTES - (32 << 10);

    private static final int CUT_BYTES = 64 << 10;

    private final ProcessorContext<byte[], byte[]> context;
    private final MonitorMetrics metrics;
    private final String sink;

    DeadLetters(ProcessorContext<byte[], byte[]> context, MonitorMetrics metrics, String sink) {
        this.context = context;
        this.metrics = metrics;
        this.sink = sink;
    }

    void reject(String topic, Record<byte[], byte[]> record, InvalidRecordException why) {
        metrics.rejected(why.reason());
        log.debug("rejected a record of {}: {}", topic, why.getMessage());
        Record<byte[], byte[]> letter = fitted(record);
        letter.headers().add(RecordHeaders.REJECT_REASON, bytes(why.reason().label()));
        letter.headers().add(RecordHeaders.REJECT_MESSAGE, bytes(why.getMessage()));
        letter.headers().add(RecordHeaders.REJECT_TOPIC, bytes(topic));
        context.forward(letter, sink);
    }

    /**
     * The record as received, or the beginning of one that the producer would refuse together with our headers: a letter
     * that cannot be sent would stop the thread, again and again at the same record. (A compressed batch holds records
     * that are larger than what the topic takes.)
     */
    private static Record<byte[], byte[]> fitted(Record<byte[], byte[]> record) {
        long size = length(record.key()) + (long) length(record.value());
        for (Header header : record.headers()) {
            size += header.key().length() * 3L + length(header.value());
        }
        if (size <= MAX_BYTES) {
            return record.withHeaders(record.headers());
        }
        Headers headers = new org.apache.kafka.common.header.internals.RecordHeaders()
                .add(RecordHeaders.REJECT_SIZE, bytes(Integer.toString(length(record.value()))));
        return new Record<>(cut(record.key()), cut(record.value()), record.timestamp(), headers);
    }

    private static int length(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static byte[] cut(byte[] bytes) {
        return length(bytes) <= CUT_BYTES ? bytes : Arrays.copyOf(bytes, CUT_BYTES);
    }

    /** Value of the schema version header, or null. */
    static byte[] schemaVersion(Record<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(RecordHeaders.SCHEMA_VERSION);
        return header == null ? null : header.value();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
