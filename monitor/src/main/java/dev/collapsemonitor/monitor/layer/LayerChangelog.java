package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.changelog.ChangeSink;
import dev.collapsemonitor.monitor.changelog.EntryLog;
import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes what changed of the layers of a task to its log, and brings it back.
 *
 * <p>Results take the same way as state: a process can be killed when the log knows that a snapshot is closed while its
 * result has not left the machine, and no redelivery would bring that result back. So a result is logged before the
 * snapshot counts as closed, emitted again after a restart, and removed by the flush after the one that logged it: Kafka
 * Streams waits between the two until the broker has acknowledged what was sent.
 */
final class LayerChangelog {
    private final AccumulatorLimits limits;
    private final RollingSettings rolling;
    private final Set<EntryKey> changed = new LinkedHashSet<>();
    private final List<EntryKey> sent = new ArrayList<>(); // results emitted before the last flush
    private EntryLog<EntryKey> log; // null until there is one
    private long restoredClock;

    LayerChangelog(AccumulatorLimits limits, RollingSettings rolling) {
        this.limits = limits;
        this.rolling = rolling;
    }

    /** Takes note that a piece of state is new, other than before, or gone. */
    void changed(EntryKey key) {
        if (log != null) {
            changed.add(key);
        }
    }

    /**
     * Takes over a log, in any order of its records.
     *
     * @param records the last value of every key; emptied
     * @param chunkBytes largest value of a record
     * @param layers gives the state of a layer, made when there is none
     * @throws IOException when a newer build wrote it
     */
    Restored restore(
            Map<ByteBuffer, byte[]> records, long nowMillis, int chunkBytes, Function<String, LayerState> layers)
            throws IOException {
        EntryLog<EntryKey> restored = new EntryLog<>(EntryKey.FORMAT, nowMillis, chunkBytes);
        restoredClock = 0;
        Restored count = restored.restore(records, nowMillis, (key, value) -> {
            if (key.equals(EntryKey.CLOCK)) {
                restoredClock = EntryKind.readClock(value);
            } else {
                key.kind().readVersioned(layers.apply(key.layer()), key, value, limits, rolling);
            }
        });
        log = restored;
        return count;
    }

    /** The clock of the stage that wrote the log, as far as it is logged. */
    long restoredClock() {
        return restoredClock;
    }

    /**
     * Writes what changed since the last flush. May be cut anywhere: see {@link EntryKind} for the order, {@link EntryLog}
     * for the single entry.
     *
     * @param clock caught-up time of the stage: an open snapshot has waited since its last arrival by it
     */
    void flush(Map<String, LayerState> layers, long clock, ChangeSink sink) {
        log.removeLeftovers(sink);
        List<EntryKey> acknowledged = List.copyOf(sent);
        sent.clear();
        List<EntryKey> keys = new ArrayList<>(changed);
        changed.clear();
        keys.sort(Comparator.comparing(EntryKey::kind));
        List<EntryKey> gone = new ArrayList<>();
        for (EntryKey key : keys) {
            LayerState state = layers.get(key.layer());
            if (state == null || !key.kind().isIn(state, key)) {
                gone.add(key);
                continue;
            }
            log.put(key, out -> key.kind().writeVersioned(state, key, out), sink);
            if (key.kind() == EntryKind.RESULTS) {
                state.results().remove(key.snapshot());
                sent.add(key);
            }
        }
        for (int i = gone.size() - 1; i >= 0; i--) {
            log.remove(gone.get(i), sink);
        }
        if (layers.values().stream().anyMatch(LayerState::isWaiting)) {
            log.put(EntryKey.CLOCK, out -> EntryKind.writeClock(clock, out), sink);
        } else {
            log.remove(EntryKey.CLOCK, sink);
        }
        acknowledged.stream().filter(key -> !sent.contains(key)).forEach(key -> log.remove(key, sink));
    }

    /** The records of everything that was flushed, as a restore of the log would bring them. */
    void copy(Map<String, LayerState> layers, long clock, ChangeSink sink) {
        log.copy(EntryKey.CLOCK, out -> EntryKind.writeClock(clock, out), sink);
        layers.forEach((name, state) ->
                state.keys().forEach(key -> log.copy(key, out -> key.kind().writeVersioned(state, key, out), sink)));
    }

    /** Keeps a result until it surely arrived. */
    void emitted(LayerState state, LayerResult result) {
        if (log != null) {
            SnapshotId id = new SnapshotId(result.getAttempt(), result.getStep(), result.getSplit());
            state.results().computeIfAbsent(id, key -> new ArrayList<>()).add(result);
            changed(EntryKey.of(state.name(), EntryKind.RESULTS, id));
        }
    }
}
