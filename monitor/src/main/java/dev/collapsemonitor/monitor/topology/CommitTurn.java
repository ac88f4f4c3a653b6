package dev.collapsemonitor.monitor.topology;

import org.apache.kafka.streams.processor.api.ProcessingContext;

/**
 * Asks for the commits of one task, each in its turn. Kafka Streams would commit all tasks of a thread together: the state
 * of all open snapshots is written then, and the thread processes nothing until the broker has it.
 */
final class CommitTurn {
    /** A commit writes the state of every open snapshot that changed: most are closed before the next one. */
    static final long INTERVAL_MILLIS = 30_000;

    /** Multiples of it, modulo 1, lie far apart however many there are. */
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private final ProcessingContext context;
    private long next;

    /**
     * @param partition of the task: tasks of neighbouring partitions take turns far apart
     * @param nowMillis this machine's clock
     */
    CommitTurn(ProcessingContext context, int partition, long nowMillis) {
        this.context = context;
        next = nowMillis + (long) (partition * GOLDEN % 1 * INTERVAL_MILLIS);
    }

    /** To be called often. */
    void tick(long nowMillis) {
        if (nowMillis >= next) {
            context.commit();
            next = nowMillis + INTERVAL_MILLIS;
        }
    }
}
