package dev.collapsemonitor.monitor.layer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that all layer state of this instance may take together, and one run of it: at most half, so that no run locks
 * the others out. Shared by all tasks; safe for use by several threads.
 */
public final class StateBudget {
    /** Two GiB: some 110 open snapshots of dimension 512 that retain all they may. */
    public static final long DEFAULT_BYTES = 2L << 30;

    private static final int SHARE_OF_A_RUN = 2;

    private final long maxBytes;
    private final AtomicLong used = new AtomicLong();
    private final Map<String, Long> usedByRun = new ConcurrentHashMap<>();
    private volatile boolean pressed;

    public StateBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The bound on everything. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Bytes taken now. */
    public long usedBytes() {
        return used.get();
    }

    /** Whether bytes were there. */
    enum Answer {
        TAKEN,
        /** All of the instance's are in use. */
        FULL,
        /** The run has its share. */
        RUN_FULL
    }

    /** Takes bytes for a run, if they are there. */
    Answer reserve(String run, long bytes) {
        long total = used.addAndGet(bytes);
        long ofRun = usedByRun.merge(run, bytes, Long::sum);
        if (total <= maxBytes && ofRun <= maxBytes / SHARE_OF_A_RUN) {
            return Answer.TAKEN;
        }
        change(run, -bytes);
        pressed |= total > maxBytes;
        return total > maxBytes ? Answer.FULL : Answer.RUN_FULL;
    }

    /** Takes or gives back bytes, whether there is room or not: they are in use already. */
    void change(String run, long bytes) {
        if (bytes != 0) {
            used.addAndGet(bytes);
            // Null removes the run: runs come and go by the thousand.
            usedByRun.merge(run, bytes, (before, change) -> before + change == 0 ? null : (Long) (before + change));
        }
    }

    /** Whether someone found no room: then idle layers are forgotten sooner. */
    boolean pressed() {
        return pressed && used.get() > maxBytes / 2;
    }
}
