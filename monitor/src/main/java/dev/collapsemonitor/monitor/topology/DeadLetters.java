package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.RecordHeaders;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends rejected records on as they came, the reason in headers, and counts them: nothing kills a thread. */
final class DeadLetters {
    static final String LAYERS_SINK = "dead-letters-of-layers";
    static final String RUNS_SINK = "dead-letters-of-runs";

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

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
        Record<byte[], byte[]> letter = record.withHeaders(record.headers());
        letter.headers().add(RecordHeaders.REJECT_REASON, bytes(why.reason().label()));
        letter.headers().add(RecordHeaders.REJECT_MESSAGE, bytes(why.getMessage()));
        letter.headers().add(RecordHeaders.REJECT_TOPIC, bytes(topic));
        context.forward(letter, sink);
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
