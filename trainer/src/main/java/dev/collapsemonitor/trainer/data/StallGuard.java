package dev.collapsemonitor.trainer.data;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Closes a stream that brings nothing for too long, since the HTTP client would wait for ever. */
final class StallGuard implements AutoCloseable {
    private static final int CHECKS_PER_LIMIT = 4;

    private final InputStream input;
    private final long limitNanos;
    private final ScheduledExecutorService clock;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(InputStream input, Duration limit) {
        this.input = input;
        limitNanos = limit.toNanos();
        clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "download-stall-guard");
            thread.setDaemon(true);
            return thread;
        });
        long period = Math.max(1, limitNanos / CHECKS_PER_LIMIT);
        var unused = clock.scheduleAtFixedRate(this::check, period, period, TimeUnit.NANOSECONDS);
    }

    /** Bytes came. */
    void alive() {
        lastNanos = System.nanoTime();
    }

    /** Whether it closed the stream. */
    boolean hasStalled() {
        return stalled;
    }

    private void check() {
        if (System.nanoTime() - lastNanos > limitNanos && !stalled) {
            stalled = true;
            try {
                input.close();
            } catch (IOException e) {
                // The reader's own failure says all there is to say.
                clock.shutdown();
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
