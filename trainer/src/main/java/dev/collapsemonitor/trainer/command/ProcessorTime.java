package dev.collapsemonitor.trainer.command;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Processor time that others than the training spend on what it publishes: less a matter of chance than the time that passes.
 * Counts from its making.
 */
final class ProcessorTime {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Pattern PUBLISHING = Pattern.compile("^(collapse-|kafka-producer-)");

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final ProcessHandle broker;
    private final long backgroundBegin;
    private final Optional<Duration> brokerBegin;

    /** @throws IllegalArgumentException when there is no such process */
    ProcessorTime(long brokerPid) {
        broker = ProcessHandle.of(brokerPid)
                .orElseThrow(() -> new IllegalArgumentException("there is no process " + brokerPid));
        backgroundBegin = background();
        brokerBegin = broker();
    }

    /** Milliseconds of this process's threads that encode, compress and send. */
    double backgroundMillis() {
        return (background() - backgroundBegin) / NANOS_PER_MILLI;
    }

    /** Milliseconds of the broker; empty when it is gone, or the system does not tell. */
    OptionalDouble brokerMillis() {
        Optional<Duration> now = broker();
        return brokerBegin.isEmpty() || now.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(now.get().minus(brokerBegin.get()).toNanos() / NANOS_PER_MILLI);
    }

    private long background() {
        long nanos = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && PUBLISHING.matcher(thread.getThreadName()).find()) {
                nanos += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return nanos;
    }

    private Optional<Duration> broker() {
        return broker.info().totalCpuDuration();
    }
}
