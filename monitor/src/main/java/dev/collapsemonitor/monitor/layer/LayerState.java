package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What is kept of one run's layer between records. */
final class LayerState {
    /** Closed snapshots remembered, so that a redelivered part never starts a new one. */
    private static final int REMEMBERED = 1024;

    /** Steps whose weights are kept at most, the last to arrive: their topic can be that far ahead of the features. */
    static final int KEPT_WEIGHTS = 16;

    /** Of these, steps of which a snapshot was closed with them already, or that no snapshot waits for. */
    private static final int KEPT_SPENT_WEIGHTS = 4;

    /** Bytes of an entry of a map and of the log's index, about. */
    private static final long ENTRY_BYTES = 500;

    private final String name;
    private final Consumer<EntryKey> changed;
    private final Map<SnapshotId, OpenSnapshot> open = new LinkedHashMap<>();
    private final Map<SnapshotId, PartSet> closed = new LinkedHashMap<>();
    private final Map<WeightsId, StepWeights> weights = new LinkedHashMap<>();
    private final Map<WeightsId, StepWeights> rollingWeights =
            new LinkedHashMap<>(); // beside: they come far more often
    private final Map<Split, RollingWindow> rolling = new EnumMap<>(Split.class);
    private final Map<SnapshotId, List<LayerResult>> results = new HashMap<>();
    private FirstOmegas first = new FirstOmegas(0, 0, new double[0]); // attempts count from 1
    private long closedBytes;
    private long chargedBytes;
    private long lastUsedMillis;
    private long heard;
    private int endingAttempt;
    private long deletedMillis;

    /**
     * @param name run/layer
     * @param changed takes the keys of what is to be logged
     */
    LayerState(String name, Consumer<EntryKey> changed) {
        this.name = name;
        this.changed = changed;
    }

    /** run/layer. */
    String name() {
        return name;
    }

    String run() {
        return name.substring(0, name.indexOf('/')); // a run's name holds none
    }

    /** Identity of the weights of a step. */
    record WeightsId(Mode mode, int attempt, long step) {}

    Map<SnapshotId, OpenSnapshot> open() {
        return open;
    }

    /** Parts of a snapshot that was closed, or null. */
    PartSet closed(SnapshotId id) {
        return closed.get(id);
    }

    void rememberClosed(SnapshotId id, PartSet parts) {
        restore(id, parts);
        changed(EntryKind.CLOSED_SNAPSHOT, id);
        if (closed.size() > REMEMBERED) {
            forgetClosed(closed.keySet().iterator().next());
        }
    }

    private void forgetClosed(SnapshotId id) {
        closedBytes -= bytes(closed.remove(id));
        changed(EntryKind.CLOSED_SNAPSHOT, id);
    }

    void restore(SnapshotId id, PartSet parts) {
        PartSet before = closed.put(id, parts);
        closedBytes += bytes(parts) - (before == null ? 0 : bytes(before));
    }

    private static long bytes(PartSet parts) {
        return ENTRY_BYTES + parts.memoryBytes();
    }

    /** Takes note that an open snapshot has changed, or is not open any more. */
    void changedOpen(SnapshotId id) {
        changed(EntryKind.OPEN_SNAPSHOT, id);
    }

    /** Takes note that weights have changed. */
    void changedWeights(WeightsId id) {
        changed.accept(key(id));
    }

    /** Takes note that rolling statistics have changed. */
    void changedRolling(Split split) {
        changed.accept(rollingKey(split));
    }

    private EntryKey key(WeightsId id) {
        EntryKind kind = id.mode() == Mode.ROLLING ? EntryKind.ROLLING_WEIGHTS : EntryKind.WEIGHTS;
        return new EntryKey(name, kind, id.attempt(), id.step(), Split.SPLIT_UNSPECIFIED);
    }

    private EntryKey rollingKey(Split split) {
        return new EntryKey(name, EntryKind.ROLLING_WINDOW, 0, 0, split);
    }

    private void changed(EntryKind kind, SnapshotId id) {
        changed.accept(EntryKey.of(name, kind, id));
    }

    /** SNR singular values of the earliest snapshot of the attempt that was closed, if it is earlier; else empty. */
    double[] omegasBefore(SnapshotId id) {
        boolean earlier = first.attempt() == id.attempt() && first.step() < id.step();
        return id.split() == Split.TRAIN && earlier ? first.values() : new double[0];
    }

    /** Takes note of a complete snapshot's SNR singular values. */
    void rememberOmegas(SnapshotId id, double[] omegas) {
        boolean newAttempt = id.attempt() > first.attempt();
        boolean earlier = id.attempt() == first.attempt() && id.step() < first.step();
        if (id.split() == Split.TRAIN && omegas.length > 0 && (newAttempt || earlier)) {
            first = new FirstOmegas(id.attempt(), id.step(), omegas);
            changed.accept(key(EntryKind.FIRST_OMEGAS));
        }
    }

    /** Rolling statistics of the newest attempt that published some, by split. */
    Map<Split, RollingWindow> rolling() {
        return rolling;
    }

    /** Of a kind of which a layer has one piece. */
    private EntryKey key(EntryKind kind) {
        return new EntryKey(name, kind, 0, 0, Split.SPLIT_UNSPECIFIED);
    }

    FirstOmegas first() {
        return first;
    }

    void restore(FirstOmegas restored) {
        first = restored;
    }

    /** Results that may not have reached the broker yet. */
    Map<SnapshotId, List<LayerResult>> results() {
        return results;
    }

    /** Weights of a step, complete or not, or null. */
    StepWeights weights(WeightsId id) {
        return weightsOf(id.mode()).get(id);
    }

    /** Newest complete weights of the attempt up to a step, of either mode, or null. */
    StepWeights newestWeights(int attempt, long step) {
        StepWeights newest = null;
        for (Map<WeightsId, StepWeights> of : List.of(weights, rollingWeights)) {
            for (Map.Entry<WeightsId, StepWeights> entry : of.entrySet()) {
                WeightsId id = entry.getKey();
                boolean usable = id.attempt() == attempt
                        && id.step() <= step
                        && entry.getValue().complete();
                if (usable && (newest == null || id.step() > newest.declared().getStep())) {
                    newest = entry.getValue();
                }
            }
        }
        return newest;
    }

    void putWeights(WeightsId id, StepWeights newWeights) {
        Map<WeightsId, StepWeights> kept = weightsOf(id.mode());
        kept.put(id, newWeights);
        changedWeights(id);
        List<WeightsId> spent =
                kept.keySet().stream().filter(of -> isSpent(of, kept.get(of))).toList();
        forgetFirst(kept, spent, KEPT_SPENT_WEIGHTS);
        forgetFirst(kept, List.copyOf(kept.keySet()), KEPT_WEIGHTS);
    }

    private boolean isSpent(WeightsId id, StepWeights of) {
        return id.mode() == Mode.ROLLING
                || !of.declared().getFeaturesFollow()
                || Arrays.stream(Split.values())
                        .anyMatch(split -> closed.containsKey(new SnapshotId(id.attempt(), id.step(), split)));
    }

    /** The first to arrive, not those of the oldest step: saved steps may be published newest first. */
    private void forgetFirst(Map<WeightsId, StepWeights> kept, List<WeightsId> inOrder, int remaining) {
        for (WeightsId id : inOrder.subList(0, Math.max(0, inOrder.size() - remaining))) {
            kept.remove(id);
            changedWeights(id);
        }
    }

    void restore(WeightsId id, StepWeights restored) {
        weightsOf(id.mode()).put(id, restored);
    }

    private Map<WeightsId, StepWeights> weightsOf(Mode mode) {
        return mode == Mode.ROLLING ? rollingWeights : weights;
    }

    /**
     * Takes note of a record; returns itself.
     *
     * @param clock caught-up time of the stage
     */
    LayerState usedAt(long nowMillis, long clock) {
        lastUsedMillis = nowMillis;
        heard = clock;
        if (endingAttempt > 0) {
            changed.accept(key(EntryKind.ENDING));
        }
        return this;
    }

    /** Caught-up time of the stage when the last record came. */
    long heard() {
        return heard;
    }

    /** The attempt of which nothing more is to be expected but what is on its way, or 0. */
    int endingAttempt() {
        return endingAttempt;
    }

    /** Takes note that an attempt has ended; 0 when what was under way of it is closed. */
    void ending(int attempt) {
        if (attempt != endingAttempt) {
            endingAttempt = attempt;
            changed.accept(key(EntryKind.ENDING));
        }
    }

    void restoreEnding(int attempt, long restoredHeard) {
        endingAttempt = attempt;
        heard = restoredHeard;
    }

    /** A flush was cut between it and the clock of the stage. */
    void heardBy(long clock) {
        heard = Math.min(heard, clock);
    }

    /** The broker's time of the last deletion of the run that was carried out, or 0. */
    long deletedMillis() {
        return deletedMillis;
    }

    void deleted(long millis) {
        deletedMillis = millis;
        changed.accept(key(EntryKind.DELETED));
    }

    void restoreDeleted(long millis) {
        deletedMillis = millis;
    }

    long lastUsedMillis() {
        return lastUsedMillis;
    }

    /** Whether something of it closes when enough time has passed. */
    boolean isWaiting() {
        return !open.isEmpty() || endingAttempt > 0;
    }

    /** Whether forgetting it loses nothing that was not emitted. */
    boolean isIdle() {
        return !isWaiting() && results.isEmpty() && rolling.values().stream().noneMatch(RollingWindow::isPending);
    }

    /** Whether nothing is kept of it. */
    boolean isBlank() {
        return isIdle()
                && rolling.isEmpty()
                && closed.isEmpty()
                && weights.isEmpty()
                && rollingWeights.isEmpty()
                && first.attempt() == 0
                && endingAttempt == 0
                && deletedMillis == 0; // what is late of a deleted run is refused for as long as this is known
    }

    /** Forgets all but what later results of the run need: a few numbers. */
    void forgetRedeliverable() {
        List.copyOf(closed.keySet()).forEach(this::forgetClosed);
        for (Map<WeightsId, StepWeights> of : List.of(weights, rollingWeights)) {
            List<WeightsId> forgotten = List.copyOf(of.keySet());
            of.clear();
            forgotten.forEach(this::changedWeights);
        }
    }

    /** Forgets everything; it must be {@linkplain #isIdle() idle}. */
    void forgetAll() {
        forgetRedeliverable();
        List<Split> windows = List.copyOf(rolling.keySet());
        rolling.values().forEach(RollingWindow::close);
        rolling.clear();
        windows.forEach(this::changedRolling);
        if (first.attempt() > 0) {
            first = new FirstOmegas(0, 0, new double[0]);
            changed.accept(key(EntryKind.FIRST_OMEGAS));
        }
        if (deletedMillis > 0) {
            deleted(0);
        }
    }

    /** Forgets everything, what waits and what was not emitted surely too. */
    void drop() {
        List<SnapshotId> dropped = List.copyOf(open.keySet());
        open.values().forEach(OpenSnapshot::close);
        open.clear();
        dropped.forEach(this::changedOpen);
        List<SnapshotId> unsent = List.copyOf(results.keySet());
        results.clear();
        unsent.forEach(id -> changed(EntryKind.RESULTS, id));
        ending(0);
        forgetAll();
    }

    /** Names of everything that is logged of it. */
    List<EntryKey> keys() {
        List<EntryKey> keys = new ArrayList<>();
        results.keySet().forEach(id -> keys.add(EntryKey.of(name, EntryKind.RESULTS, id)));
        keys.add(key(EntryKind.FIRST_OMEGAS));
        keys.add(key(EntryKind.ENDING));
        keys.add(key(EntryKind.DELETED));
        weights.keySet().forEach(id -> keys.add(key(id)));
        rollingWeights.keySet().forEach(id -> keys.add(key(id)));
        rolling.keySet().forEach(split -> keys.add(rollingKey(split)));
        open.keySet().forEach(id -> keys.add(EntryKey.of(name, EntryKind.OPEN_SNAPSHOT, id)));
        closed.keySet().forEach(id -> keys.add(EntryKey.of(name, EntryKind.CLOSED_SNAPSHOT, id)));
        return keys;
    }

    /** Bytes that its statistics grow to at most. */
    long accumulatorBytes() {
        return open.values().stream().mapToLong(OpenSnapshot::memoryBytes).sum()
                + rolling.values().stream()
                        .mapToLong(RollingWindow::memoryBytes)
                        .sum();
    }

    /** Bytes that it takes, and grows to without anything new beginning. */
    long memoryBytes() {
        long bytes = ENTRY_BYTES + closedBytes + (long) first.values().length * Double.BYTES;
        for (OpenSnapshot snapshot : open.values()) {
            bytes += ENTRY_BYTES + snapshot.totalBytes();
        }
        for (RollingWindow window : rolling.values()) {
            bytes += ENTRY_BYTES + window.memoryBytes();
        }
        for (Map<WeightsId, StepWeights> of : List.of(weights, rollingWeights)) {
            for (StepWeights stepWeights : of.values()) {
                bytes += ENTRY_BYTES + stepWeights.memoryBytes();
            }
        }
        return bytes;
    }

    /** Bytes that the budget knows of. */
    long chargedBytes() {
        return chargedBytes;
    }

    /** Sets what the budget knows of. */
    void charged(long bytes) {
        chargedBytes = bytes;
    }
}
