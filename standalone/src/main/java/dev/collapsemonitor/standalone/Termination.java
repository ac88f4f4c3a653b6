package dev.collapsemonitor.standalone;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Lets a command end in order on Ctrl-C and SIGTERM: the command sees the request, closes what it opened and the process
 * exits with a status of its choice, instead of being torn down while it works.
 */
final class Termination implements AutoCloseable {
    // Docker and systemd kill after 10 s and 90 s; a broker that does not stop must not hang the terminal.
    private static final long CLOSING_SECONDS = 30;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::shutDown, "shutdown");
    private final int orderly;

    private Termination(int orderly) {
        this.orderly = orderly;
    }

    /** From here on a signal is a request, after which we exit with 0. Close this last, after what the command opened. */
    static Termination onSignal() {
        return onSignal(0);
    }

    /** The same with another status, for commands that leave work undone. */
    static Termination onSignal(int status) {
        Termination termination = new Termination(status);
        Runtime.getRuntime().addShutdownHook(termination.hook);
        return termination;
    }

    boolean isRequested() {
        return requested.getCount() == 0;
    }

    /** Whether the request has come or comes within the given time. */
    boolean isRequestedWithin(Duration time) {
        try {
            return requested.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Waits for the request. */
    void await() {
        try {
            requested.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Polls a condition until it holds or the end is requested.
     *
     * @return whether the condition held
     */
    boolean poll(BooleanSupplier condition, Duration interval) {
        while (!isRequested() && !Thread.currentThread().isInterrupted()) {
            if (condition.getAsBoolean()) {
                return true;
            }
            isRequestedWithin(interval);
        }
        return false;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs and is just being released.
        }
    }

    private void shutDown() {
        requested.countDown();
        try {
            int status = closed.await(CLOSING_SECONDS, TimeUnit.SECONDS) ? orderly : ErrorLines.FAILURE;
            // The JVM's own status would be 143 or 130, as if something had gone wrong.
            Runtime.getRuntime().halt(status);
        } catch (InterruptedException e) {
            Runtime.getRuntime().halt(ErrorLines.FAILURE);
        }
    }
}
