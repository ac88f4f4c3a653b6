package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.Topic;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;

/**
 * A producer of which a send blocks until it is let go, as Kafka's does while no broker answers. Heartbeats and what is
 * sent after an interrupt pass.
 */
final class BlockingProducer extends CopyingProducer {
    private static final long PATIENCE_SECONDS = 30;

    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);
    private final Semaphore heartbeats = new Semaphore(0);

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // waiting must not keep heartbeats out
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        if (Thread.currentThread().getName().startsWith("collapse-heartbeat")) {
            heartbeats.release();
        } else {
            block(record);
        }
        return super.send(record, callback);
    }

    private void block(ProducerRecord<byte[], byte[]> record) {
        boolean word = record.topic().equals(Topic.PROGRESS.topicName());
        if (word && blocked.getCount() == 0) {
            return;
        }
        blocked.countDown();
        try {
            open.await();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** Waits until a send blocks. */
    void awaitBlocked() throws InterruptedException {
        if (!blocked.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("nothing was sent");
        }
    }

    /** Waits for so many heartbeats. */
    void awaitHeartbeats(int count) throws InterruptedException {
        if (!heartbeats.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("no heartbeats came");
        }
    }

    void unblock() {
        open.countDown();
    }
}
