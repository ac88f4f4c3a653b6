package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.trainer.publish.PublisherOptions.WhenFull;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * What waits for the background thread, first in, first out. Data is bounded in bytes, which are reserved before anything
 * is copied; the small records about the run itself always find room and keep their place behind the data before them.
 */
final class SendQueue {
    private final long capacity;
    private final WhenFull whenFull;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long reserved;
    private boolean closed;

    /** One thing to send. The record is made by the thread that sends it. */
    sealed interface Entry {}

    /** Data, with the bytes that it holds of the reservation until it is sent. */
    record Data(long bytes, Supplier<ProducerRecord<byte[], byte[]>> record) implements Entry {}

    /** A word about the run, such as its end. */
    record Word(Runnable send) implements Entry {}

    SendQueue(long capacity, WhenFull whenFull) {
        this.capacity = capacity;
        this.whenFull = whenFull;
    }

    /**
     * Reserves room for data. A full queue refuses or waits, as chosen; what is larger than the queue as a whole goes alone.
     */
    synchronized boolean reserve(long bytes) {
        while (!closed && reserved > 0 && reserved + bytes > capacity) {
            if (whenFull == WhenFull.DROP || !pause()) {
                return false;
            }
        }
        if (closed) {
            return false;
        }
        reserved += bytes;
        return true;
    }

    private boolean pause() {
        try {
            wait();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Gives room back. */
    synchronized void release(long bytes) {
        reserved -= bytes;
        notifyAll();
    }

    /** Bytes reserved now. */
    synchronized long reserved() {
        return reserved;
    }

    /** Appends; data must hold a reservation. */
    synchronized void put(Entry entry) {
        entries.addLast(entry);
        notifyAll();
    }

    /** The next entry; waits for one, and is empty once the queue is closed and drained. */
    synchronized Optional<Entry> take() {
        while (entries.isEmpty() && !closed) {
            if (!pause()) {
                return Optional.empty();
            }
        }
        return Optional.ofNullable(entries.pollFirst());
    }

    /** Refuses data from now on; what waits may still be taken. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Throws away the data that waits, never a word about the run. Returns how many records that were. */
    synchronized int abandon() {
        int count = 0;
        for (Iterator<Entry> waiting = entries.iterator(); waiting.hasNext(); ) {
            if (waiting.next() instanceof Data data) {
                waiting.remove();
                reserved -= data.bytes();
                count++;
            }
        }
        notifyAll();
        return count;
    }
}
