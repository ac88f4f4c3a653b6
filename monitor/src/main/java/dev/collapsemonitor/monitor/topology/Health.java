package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.Readiness;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * What {@code /health} says, for Kubernetes' probes. Not live is what only a restart mends; not ready is what passes: no
 * broker, a rebalance, state that is read back.
 */
final class Health {
    /** A thread that failed is replaced at once; for that long none may be missing. */
    private static final Duration REPLACEMENT = Duration.ofSeconds(60);

    private final String bootstrap;
    private final Supplier<State> state;
    private final RestoreProgress restore;
    private final GroupContact contact;
    private final IntSupplier missingThreads;
    private final LongSupplier clock;
    private long completeMillis;

    /** @param missingThreads how many stream threads fewer than wanted are alive */
    Health(
            String bootstrap,
            Supplier<State> state,
            RestoreProgress restore,
            GroupContact contact,
            IntSupplier missingThreads,
            LongSupplier clock) {
        this.bootstrap = bootstrap;
        this.state = state;
        this.restore = restore;
        this.contact = contact;
        this.missingThreads = missingThreads;
        this.clock = clock;
        completeMillis = clock.getAsLong();
    }

    /** To be asked often: what is known of the past is what was seen then. */
    synchronized Readiness now() {
        State now = state.get();
        return switch (now) {
            case CREATED -> new Readiness(true, false, "no Kafka broker at " + bootstrap + " has answered yet");
            case REBALANCING, RUNNING -> working(now);
            case PENDING_SHUTDOWN -> new Readiness(true, false, "Kafka Streams is " + now);
            case PENDING_ERROR, ERROR, NOT_RUNNING ->
                new Readiness(false, false, "Kafka Streams is " + now + "; the log has the reason");
        };
    }

    private Readiness working(State now) {
        int missing = missingThreads.getAsInt();
        if (missing <= 0) {
            completeMillis = clock.getAsLong();
        } else if (clock.getAsLong() - completeMillis > REPLACEMENT.toMillis()) {
            return new Readiness(false, false, missing + " stream threads are dead; the log has the reason");
        }
        if (!contact.holds()) {
            return new Readiness(
                    true,
                    false,
                    "Kafka at " + bootstrap + " has not answered for a session timeout; runs are exported again when"
                            + " it does");
        }
        String restoring = restore.describe();
        if (!restoring.isEmpty()) {
            return new Readiness(true, false, "Kafka Streams is " + now + ", " + restoring);
        }
        return new Readiness(true, now == State.RUNNING, "Kafka Streams is " + now);
    }
}
