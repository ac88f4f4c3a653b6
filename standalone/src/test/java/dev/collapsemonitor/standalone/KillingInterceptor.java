package dev.collapsemonitor.standalone;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Ends a monitor's process like kill -9, inside a commit: at the n-th record that it sends to the changelog of layer state,
 * or when the broker has acknowledged it together with all before. Either way the offsets are not committed: that comes
 * when all records are acknowledged.
 */
public final class KillingInterceptor implements ProducerInterceptor<byte[], byte[]> {
    /** {@code send:n} or {@code ack:n}; the process lives on without. */
    static final String PLAN = "collapse.test.kill";

    static final int STATUS = 137;

    private static final String CHANGELOG = "-layer-state-changelog";
    private static final AtomicInteger SENT = new AtomicInteger();
    private static final AtomicInteger ACKNOWLEDGED = new AtomicInteger();

    private final String when;
    private final int count;

    public KillingInterceptor() {
        String[] plan = System.getProperty(PLAN, "never:0").split(":");
        when = plan[0];
        count = Integer.parseInt(plan[1]);
    }

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
        if (record.topic().endsWith(CHANGELOG) && SENT.incrementAndGet() >= count && when.equals("send")) {
            Runtime.getRuntime().halt(STATUS);
        }
        return record;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception exception) {
        if (metadata != null && metadata.topic().endsWith(CHANGELOG)) {
            int acknowledged = ACKNOWLEDGED.incrementAndGet();
            if (when.equals("ack") && acknowledged >= count && acknowledged == SENT.get()) {
                Runtime.getRuntime().halt(STATUS);
            }
        }
    }

    @Override
    public void configure(Map<String, ?> settings) {
        // The plan is the process's.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
