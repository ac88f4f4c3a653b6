package dev.collapsemonitor.monitor.topology;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/**
 * Asks for the commits of a stream thread in its turn. Left to themselves all threads commit at the same moment: each
 * writes the state of its open snapshots, and nothing is processed until the broker has all of it.
 *
 * <p>Every task asks; the thread commits all of its tasks when one of them does, and those of one thread ask at the same time.
 */
final class CommitTurn {
    /** A commit writes the state of every open snapshot that changed: most are closed before the next one. */
    static final long INTERVAL_MILLIS = 60_000;

    /** Multiples of it, modulo 1, lie far apart however many there are. */
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private static final Pattern THREAD = Pattern.compile("-StreamThread-(\\d+)$");

    private final ProcessingContext context;
    private OptionalLong turn = OptionalLong.empty();

    CommitTurn(ProcessingContext context) {
        this.context = context;
    }

    /** To be called often, on the thread that has the task. */
    void tick(long nowMillis) {
        long now = turn(Thread.currentThread().getName(), nowMillis);
        if (turn.isPresent() && turn.getAsLong() != now) {
            context.commit();
        }
        turn = OptionalLong.of(now);
    }

    /** The number of a thread's turn at a time: it changes once in every interval. */
    static long turn(String thread, long millis) {
        Matcher name = THREAD.matcher(thread);
        long index = name.find() ? Long.parseLong(name.group(1)) : 0;
        long phase = (long) (index * GOLDEN % 1 * INTERVAL_MILLIS);
        return Math.floorDiv(millis - phase, INTERVAL_MILLIS);
    }
}
