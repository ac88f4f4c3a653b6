package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.layer.StateBudget.Answer;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Keeps the layers of one stage within the budget of the instance.
 *
 * <p>Who needs room takes that of the layers of its own stage that were not used for longest and wait for nothing; that is
 * the nearest to "the run that finished first" that is known here, since the end of a run is a record of another stage. When
 * that is not enough, what would begin is refused and counted, and the other stages forget theirs at their next tick.
 */
final class StateMemory {
    /** Features and weights are kept by the broker for an hour: older ones are not redelivered. */
    private static final Duration REDELIVERABLE = Duration.ofHours(1);

    /** A run that pauses for longer is compared with its first snapshot no more. */
    private static final Duration FORGOTTEN = Duration.ofDays(1);

    /** The same for both while memory is short. */
    private static final Duration WHEN_PRESSED = Duration.ofMinutes(1);

    /** What surrounds something new: its layer, its parts, and the memory of it once it is closed. */
    private static final long BOOKKEEPING_BYTES = 2000;

    private final StateBudget budget;
    private final Map<String, LayerState> layers;

    StateMemory(StateBudget budget, Map<String, LayerState> layers) {
        this.budget = budget;
        this.layers = layers;
    }

    /**
     * Makes room for something new of a layer, and for what surrounds it: a poisoned record without usable content takes
     * that, too.
     *
     * @param content bytes of what is new
     * @param what would take it, for the error
     * @throws InvalidRecordException when there is none
     */
    void require(LayerState state, long content, Supplier<String> what) {
        long bytes = content + BOOKKEEPING_BYTES;
        Answer answer = budget.reserve(state.run(), bytes);
        while (answer != Answer.TAKEN) {
            boolean ofRun = answer == Answer.RUN_FULL;
            LayerState victim = longestIdle(state, ofRun);
            if (victim == null) {
                throw new InvalidRecordException(
                        Reason.LIMIT,
                        what.get() + " needs " + bytes + " bytes of state, but "
                                + (ofRun
                                        ? "its run would take more than half of the "
                                        : budget.usedBytes() + " are in use of the ")
                                + budget.maxBytes()
                                + " of this monitor; raise --max-state-bytes or publish fewer snapshots at a time");
            }
            forget(victim);
            answer = budget.reserve(state.run(), bytes);
        }
        state.charged(state.chargedBytes() + bytes);
    }

    /** Forgets a layer of which nothing was taken: names are as many as somebody likes to make up. */
    void forgetIfBlank(String layer) {
        LayerState state = layers.get(layer);
        if (state != null && state.isBlank()) {
            forget(state);
        }
    }

    /** Tells the budget what a layer takes now. */
    void account(LayerState state) {
        long bytes = state.memoryBytes();
        budget.change(state.run(), bytes - state.chargedBytes());
        state.charged(bytes);
    }

    /** Forgets what nobody will ask for any more. */
    void forgetIdle(long nowMillis) {
        boolean pressed = budget.pressed();
        long redeliverable = nowMillis - (pressed ? WHEN_PRESSED : REDELIVERABLE).toMillis();
        long forgotten = nowMillis - (pressed ? WHEN_PRESSED : FORGOTTEN).toMillis();
        for (Iterator<LayerState> states = layers.values().iterator(); states.hasNext(); ) {
            LayerState state = states.next();
            if (!state.isIdle()) {
                continue;
            }
            if (state.lastUsedMillis() < forgotten) {
                state.forgetAll();
                release(state);
                states.remove();
            } else if (state.lastUsedMillis() < redeliverable) {
                state.forgetRedeliverable();
                account(state);
            }
        }
    }

    /** Gives everything back. */
    void releaseAll() {
        layers.values().forEach(this::release);
    }

    private LayerState longestIdle(LayerState except, boolean ofItsRun) {
        return layers.values().stream()
                .filter(state -> state != except && state.isIdle())
                .filter(state -> !ofItsRun || state.run().equals(except.run()))
                .min(Comparator.comparingLong(LayerState::lastUsedMillis))
                .orElse(null);
    }

    private void forget(LayerState state) {
        state.forgetAll();
        release(state);
        layers.remove(state.name());
    }

    private void release(LayerState state) {
        budget.change(state.run(), -state.chargedBytes());
        state.charged(0);
    }
}
