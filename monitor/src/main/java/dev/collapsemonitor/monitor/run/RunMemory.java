package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.concurrent.atomic.AtomicLong;

/** What all runs of an instance take together; and an estimate of what each piece takes, as objects and in the store. */
final class RunMemory {
    /** A run with nothing in it. */
    static final long RUN_BYTES = 2_000;

    private static final long MESSAGE_BYTES = 800;
    private static final long MAP_ENTRY_BYTES = 130; // node, key and boxed value

    private final RunLimits limits;
    private final AtomicLong used = new AtomicLong();

    RunMemory(RunLimits limits) {
        this.limits = limits;
    }

    RunLimits limits() {
        return limits;
    }

    /**
     * Requires that a run may have that many layers.
     *
     * @throws InvalidRecordException when it may not
     */
    void requireLayers(String run, int layers) {
        if (layers > limits.maxLayers()) {
            throw new InvalidRecordException(
                    Reason.LIMIT,
                    "run " + run + " has " + layers + " layers; at most " + limits.maxLayers()
                            + " are possible: raise --max-layers or publish fewer");
        }
    }

    long used() {
        return used.get();
    }

    void change(long bytes) {
        used.addAndGet(bytes);
    }

    /** Whether more is taken than may be. */
    boolean exceeded() {
        return used.get() > limits.maxHistoryBytes();
    }

    static long of(LayerResult result) {
        int entries = result.getMetricsCount() + result.getUndefinedCount() + result.getNotesCount();
        return MESSAGE_BYTES + MAP_ENTRY_BYTES * entries + 2L * result.getSerializedSize();
    }

    static long of(Progress progress) {
        return MESSAGE_BYTES + 2L * progress.getSerializedSize();
    }

    static long of(RunDescriptor descriptor) {
        return MESSAGE_BYTES
                + MAP_ENTRY_BYTES * descriptor.getHyperparametersCount()
                + 3L * descriptor.getSerializedSize();
    }
}
