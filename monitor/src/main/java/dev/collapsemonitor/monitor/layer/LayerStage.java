package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.changelog.ChangeSink;
import dev.collapsemonitor.monitor.changelog.EntryLog;
import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.ingest.WeightRecord;
import dev.collapsemonitor.monitor.layer.LayerState.WeightsId;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.RunFate;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * All layers of one task. Features and weights go in; results come out when rolling statistics are due, and when a
 * snapshot closes:
 *
 * <ul>
 *   <li>all its parts arrived, in any order, and its weights, when they were announced;
 *   <li>or two newer snapshots of the same layer and split began; when only its weights are missing, two whose weights began,
 *       because features and weights come on topics of which either can be ahead;
 *   <li>or its run ended, and nothing came for the layer in a short time after that;
 *   <li>or nothing came for it during the grace. This time and that are caught-up time: what {@link #tick} is told has
 *       passed. It is logged with the snapshots, so that a restart neither adds to their waiting nor forgets it.
 * </ul>
 *
 * <p>Incomplete snapshots are emitted with their coverage. Not safe for use by several threads.
 */
public final class LayerStage implements AutoCloseable {
    private static final int NEWER_SNAPSHOTS_THAT_CLOSE = 2;

    /** However far the features are ahead of the weights: what waits for weights that never come is bounded by it. */
    private static final int NEWER_FEATURES_THAT_CLOSE = LayerState.KEPT_WEIGHTS;

    /** The end of a run comes on another topic than its last features, which may still be on their way. */
    private static final long END_GRACE_MILLIS = 2_000;

    private final AccumulatorLimits limits;
    private final Duration grace;
    private final RollingSettings rollingSettings;
    private final Consumer<LayerResult> emit;
    private final StateMemory memory;
    private final LayerChangelog changelog;
    private final Map<String, LayerState> layers = new HashMap<>();
    private final Batch batch = new Batch();
    private final Workspace workspace = new Workspace();
    private long clock; // caught-up time, in milliseconds
    private volatile int openSnapshots;
    private volatile long accumulatorBytes;

    /** Whether a record changed anything. */
    public enum Arrival {
        MERGED,
        /** It had arrived before and changed nothing. */
        DUPLICATE
    }

    /**
     * @param grace how long an incomplete snapshot waits for its next part
     * @param emit receives every result, on the caller's thread
     */
    public LayerStage(
            AccumulatorLimits limits, Duration grace, RollingSettings rollingSettings, Consumer<LayerResult> emit) {
        this(limits, grace, rollingSettings, new StateBudget(StateBudget.DEFAULT_BYTES), emit);
    }

    /**
     * @param grace how long an incomplete snapshot waits for its next part
     * @param budget memory that this stage shares with others
     * @param emit receives every result, on the caller's thread
     */
    public LayerStage(
            AccumulatorLimits limits,
            Duration grace,
            RollingSettings rollingSettings,
            StateBudget budget,
            Consumer<LayerResult> emit) {
        this.limits = limits;
        this.grace = grace;
        this.rollingSettings = rollingSettings;
        this.emit = emit;
        memory = new StateMemory(budget, layers);
        changelog = new LayerChangelog(limits, rollingSettings);
    }

    /**
     * Takes over what another stage had logged; from here on {@link #flush} says what changed. Call it first, and
     * {@link #republish} once results can be emitted.
     *
     * @param records last value of every key of the log, in any order; emptied
     * @throws IOException when a newer build wrote them
     */
    public Restored restore(Map<ByteBuffer, byte[]> records, long nowMillis) throws IOException {
        return restore(records, nowMillis, EntryLog.CHUNK_BYTES);
    }

    private void takeOver() {
        clock = changelog.restoredClock();
        for (LayerState state : layers.values()) {
            List<SnapshotId> both = state.open().keySet().stream()
                    .filter(id -> state.closed(id) != null)
                    .toList();
            // A flush was cut between the two, and the result is in the log already.
            for (SnapshotId id : both) {
                state.open().remove(id).close();
                state.changedOpen(id);
            }
            state.open().values().forEach(snapshot -> snapshot.arrivedBy(clock));
            state.heardBy(clock);
            load(state.open().size(), state.accumulatorBytes());
            memory.account(state);
        }
    }

    /** As {@link #restore(Map, long)}; for tests, with chunks of another size. */
    Restored restore(Map<ByteBuffer, byte[]> records, long nowMillis, int chunkBytes) throws IOException {
        Restored restored = changelog.restore(records, nowMillis, chunkBytes, name -> state(name, nowMillis));
        takeOver();
        return restored;
    }

    /** Emits again what may not have arrived when the last stage ended: upserts, so that nothing counts twice. */
    public void republish() {
        for (LayerState state : layers.values()) {
            List<LayerResult> results =
                    state.results().values().stream().flatMap(List::stream).toList();
            state.results().clear();
            results.forEach(result -> emit(state, result));
        }
    }

    /** Logs everything that changed since the last flush; only after {@link #restore}. */
    public void flush(ChangeSink sink) {
        changelog.flush(layers, clock, sink);
    }

    /** The records that a restore of everything flushed would bring. */
    public void copy(ChangeSink sink) {
        changelog.copy(layers, clock, sink);
    }

    private void emit(LayerState state, LayerResult result) {
        changelog.emitted(state, result);
        emit.accept(result);
    }

    /**
     * Merges a feature batch.
     *
     * @param nowMillis this machine's clock
     * @throws InvalidRecordException when the batch is rejected; the snapshots that it closed all the same were emitted
     */
    public Arrival features(FeatureRecord record, long nowMillis) {
        String layer = record.batch().getRun() + "/" + record.batch().getLayer().getName();
        try {
            return record.batch().getMode() == Mode.ROLLING
                    ? rolling(record, state(layer, nowMillis), nowMillis)
                    : snapshot(record, state(layer, nowMillis), nowMillis);
        } catch (InvalidRecordException e) {
            memory.forgetIfBlank(layer);
            throw e;
        }
    }

    private Arrival snapshot(FeatureRecord record, LayerState state, long nowMillis) {
        FeatureBatch message = record.batch();
        SnapshotId id = SnapshotId.of(message);
        if (isDuplicate(state, id, record)) {
            return Arrival.DUPLICATE;
        }
        OpenSnapshot snapshot = state.open().get(id);
        long growth = snapshot == null ? OpenSnapshot.bytesFor(record, limits) : snapshot.growthFor(record);
        if (snapshot == null || growth > 0) {
            memory.require(state, growth, () -> describe(message));
        }
        if (snapshot == null) {
            closeOvertakenBy(state, id);
            snapshot = new OpenSnapshot(message, limits);
            state.open().put(id, snapshot);
            load(1, 0);
        }
        long bytesBefore = snapshot.memoryBytes();
        try {
            snapshot.merge(
                    record, batch, workspace, clock, bytes -> memory.require(state, bytes, () -> describe(message)));
        } finally {
            load(0, snapshot.memoryBytes() - bytesBefore);
            state.changedOpen(id);
            // A rejected part can be the last one that a snapshot waited for.
            closeIfComplete(state, id);
            memory.account(state);
        }
        return Arrival.MERGED;
    }

    private Arrival rolling(FeatureRecord record, LayerState state, long nowMillis) {
        FeatureBatch message = record.batch();
        RollingWindow window = state.rolling().get(message.getSplit());
        if (window != null && message.getAttempt() < window.attempt()) {
            throw new InvalidRecordException(
                    Reason.LATE,
                    describe(message) + " is of attempt " + message.getAttempt() + ", but attempt " + window.attempt()
                            + " has begun");
        }
        boolean begins = window == null || message.getAttempt() > window.attempt();
        long growth = RollingWindow.bytesFor(record, limits, rollingSettings);
        if (begins || (window.memoryBytes() == 0 && growth > 0)) {
            memory.require(state, growth, () -> describe(message));
        }
        if (begins) {
            if (window != null) {
                load(0, -window.memoryBytes());
                window.close();
            }
            window = new RollingWindow(message, limits, rollingSettings);
            state.rolling().put(message.getSplit(), window);
        }
        switch (window.classify(record)) {
            case DUPLICATE -> {
                return Arrival.DUPLICATE;
            }
            case CONFLICT -> throw conflict(message);
            case NEW -> {}
        }
        long bytesBefore = window.memoryBytes();
        try {
            window.merge(record, batch, workspace);
        } finally {
            load(0, window.memoryBytes() - bytesBefore);
            state.changedRolling(message.getSplit());
            if (window.isDue(nowMillis)) {
                emitRolling(state, window, nowMillis);
            }
            memory.account(state);
        }
        return Arrival.MERGED;
    }

    private void emitRolling(LayerState state, RollingWindow window, long nowMillis) {
        state.changedRolling(window.split());
        emit(state, window.emit(state.newestWeights(window.attempt(), window.step()), nowMillis));
    }

    private static InvalidRecordException conflict(FeatureBatch message) {
        return new InvalidRecordException(
                Reason.CONFLICT,
                describe(message) + " arrived before with other content, or of another number of parts;"
                        + " raise the attempt to publish a step again");
    }

    private static boolean isDuplicate(LayerState state, SnapshotId id, FeatureRecord record) {
        FeatureBatch message = record.batch();
        PartSet closed = state.closed(id);
        OpenSnapshot open = state.open().get(id);
        if (closed == null && open == null) {
            return false;
        }
        PartSet parts = closed != null ? closed : open.parts();
        return switch (parts.classify(message.getPart(), message.getParts(), record.checksum())) {
            case DUPLICATE -> true;
            case CONFLICT -> throw conflict(message);
            case NEW -> {
                if (closed != null) {
                    throw new InvalidRecordException(
                            Reason.LATE, describe(message) + " came after its snapshot was closed");
                }
                yield false;
            }
        };
    }

    /**
     * Adds a weight chunk; errors as in {@link #features}.
     *
     * @param nowMillis this machine's clock
     */
    public Arrival weights(WeightRecord record, long nowMillis) {
        String layer = record.chunk().getRun() + "/" + record.chunk().getLayer().getName();
        try {
            return weights(record, state(layer, nowMillis), nowMillis);
        } catch (InvalidRecordException e) {
            memory.forgetIfBlank(layer);
            throw e;
        }
    }

    private Arrival weights(WeightRecord record, LayerState state, long nowMillis) {
        WeightChunk chunk = record.chunk();
        WeightsId id = new WeightsId(chunk.getMode(), chunk.getAttempt(), chunk.getStep());
        StepWeights weights = state.weights(id);
        if (weights == null) {
            memory.require(state, StepWeights.memoryBytes(record), () -> describe(chunk));
            weights = new StepWeights(record);
            state.putWeights(id, weights);
            closeOvertaken(state);
            memory.account(state);
        }
        switch (weights.classify(record)) {
            case DUPLICATE -> {
                return Arrival.DUPLICATE;
            }
            case CONFLICT ->
                throw new InvalidRecordException(
                        Reason.CONFLICT,
                        describe(chunk) + " arrived before with other content; raise the attempt"
                                + " to publish a step again");
            case NEW -> {}
        }
        state.changedWeights(id);
        try {
            weights.add(record);
        } catch (InvalidRecordException e) {
            if (e.reason() == Reason.NOT_FINITE) {
                emit(state, LayerResults.ofNotFinite(chunk));
            }
            throw e;
        }
        if (weights.complete() && !weights.declared().getFeaturesFollow()) {
            emit(state, LayerResults.of(weights.declared(), weights.weights()));
        }
        List<SnapshotId> waiting = state.open().keySet().stream()
                .filter(open -> open.attempt() == id.attempt() && open.step() == id.step())
                .toList();
        for (SnapshotId open : waiting) {
            state.open().get(open).touch(clock);
            state.changedOpen(open);
            closeIfComplete(state, open);
        }
        memory.account(state);
        return Arrival.MERGED;
    }

    /**
     * Closes the snapshots whose grace has run out, emits the rolling statistics that wait for further steps, and forgets
     * layers that were not used for long.
     *
     * @param nowMillis this machine's clock
     * @param elapsedMillis caught-up time since the last tick: without that in which something may have come unseen
     */
    public void tick(long nowMillis, long elapsedMillis) {
        clock += elapsedMillis;
        for (LayerState state : layers.values()) {
            List<SnapshotId> expired = new ArrayList<>();
            state.open().forEach((id, snapshot) -> {
                if (clock - snapshot.lastArrival() > grace.toMillis()) {
                    expired.add(id);
                }
            });
            expired.forEach(id -> close(state, id));
            if (state.endingAttempt() > 0 && clock - state.heard() > END_GRACE_MILLIS) {
                end(state, nowMillis);
            }
            for (RollingWindow window : state.rolling().values()) {
                if (window.isOverdue(nowMillis)) {
                    emitRolling(state, window, nowMillis);
                }
            }
            memory.account(state);
        }
        memory.forgetIdle(nowMillis);
        accumulatorBytes =
                layers.values().stream().mapToLong(LayerState::accumulatorBytes).sum(); // without what was forgotten
    }

    /** Closes what is under way of an attempt that has ended, and gives the memory of its rolling statistics back. */
    private void end(LayerState state, long nowMillis) {
        int attempt = state.endingAttempt();
        state.ending(0);
        List<SnapshotId> left = state.open().keySet().stream()
                .filter(id -> id.attempt() <= attempt)
                .toList();
        left.forEach(id -> close(state, id));
        for (RollingWindow window : state.rolling().values()) {
            if (window.attempt() <= attempt) {
                if (window.isPending()) {
                    emitRolling(state, window, nowMillis);
                }
                load(0, -window.memoryBytes());
                window.end();
                state.changedRolling(window.split());
            }
        }
    }

    /**
     * Takes note of what became of a run; told again, it changes nothing.
     *
     * @param nowMillis this machine's clock
     */
    public Arrival control(LayerControl control, long nowMillis) {
        LayerState state = state(control.getRun() + "/" + control.getLayer(), nowMillis);
        boolean news;
        if (control.getFate() == RunFate.DELETED) {
            news = control.getDeletedMs() > state.deletedMillis();
            if (news) {
                load(-state.open().size(), -state.accumulatorBytes());
                state.drop();
                state.deleted(control.getDeletedMs());
            }
        } else {
            news = control.getAttempt() > state.endingAttempt();
            if (news) {
                state.ending(control.getAttempt());
            }
        }
        memory.account(state);
        return news ? Arrival.MERGED : Arrival.DUPLICATE;
    }

    /** Layers of which something is kept. */
    int layers() {
        return layers.size();
    }

    /** Snapshots that wait for parts or weights; may be asked by any thread. */
    public int openSnapshots() {
        return openSnapshots;
    }

    /** Bytes that the statistics of open snapshots grow to at most, on and off the heap; may be asked by any thread. */
    public long accumulatorBytes() {
        return accumulatorBytes;
    }

    /** Only the thread of the stage writes, so that no update is lost. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void load(int snapshots, long bytes) {
        openSnapshots += snapshots;
        accumulatorBytes += bytes;
    }

    private void closeIfComplete(LayerState state, SnapshotId id) {
        OpenSnapshot snapshot = state.open().get(id);
        boolean weightsHere = !snapshot.announced().getWeightsFollow() || completeWeights(state, id) != null;
        if (snapshot.parts().complete() && weightsHere) {
            close(state, id);
        }
    }

    /** A snapshot that begins counts once against every older one, however soon it is complete itself. */
    private void closeOvertakenBy(LayerState state, SnapshotId begun) {
        state.open().forEach((id, snapshot) -> {
            if (begun.isNewerThan(id)) {
                snapshot.overtakenBy(begun);
                state.changedOpen(id);
            }
        });
        closeOvertaken(state);
    }

    private void closeOvertaken(LayerState state) {
        List<SnapshotId> overtaken = new ArrayList<>();
        state.open().forEach((id, snapshot) -> {
            if (isOvertaken(state, snapshot)) {
                overtaken.add(id);
            }
        });
        overtaken.forEach(id -> close(state, id));
    }

    private static boolean isOvertaken(LayerState state, OpenSnapshot snapshot) {
        Set<SnapshotId> newer = snapshot.newer();
        if (!snapshot.parts().complete() || newer.size() >= NEWER_FEATURES_THAT_CLOSE) {
            return newer.size() >= NEWER_SNAPSHOTS_THAT_CLOSE;
        }
        long weightsBegan =
                newer.stream().filter(id -> state.weights(id.weights()) != null).count();
        return weightsBegan >= NEWER_SNAPSHOTS_THAT_CLOSE;
    }

    private void close(LayerState state, SnapshotId id) {
        try (OpenSnapshot snapshot = state.open().remove(id)) {
            load(-1, -snapshot.memoryBytes());
            StepWeights weights = completeWeights(state, id);
            state.changedOpen(id);
            state.rememberClosed(id, snapshot.parts());
            LayerResult result = LayerResults.of(snapshot, weights, state.omegasBefore(id));
            if (result.getLayer().getClassifier() && result.getCoverage() == 1) {
                state.rememberOmegas(id, doubles(result.getSnrSingularValuesList()));
            }
            emit(state, result);
        }
    }

    private static double[] doubles(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static StepWeights completeWeights(LayerState state, SnapshotId id) {
        StepWeights weights = state.weights(id.weights());
        return weights != null && weights.complete() ? weights : null;
    }

    private LayerState state(String name, long nowMillis) {
        return layers.computeIfAbsent(name, key -> new LayerState(key, changelog::changed))
                .usedAt(nowMillis, clock);
    }

    private static String describe(WeightChunk chunk) {
        return "weights of run " + chunk.getRun() + ", layer "
                + chunk.getLayer().getName() + ", step " + chunk.getStep() + ", row " + chunk.getRowOffset();
    }

    private static String describe(FeatureBatch message) {
        return "part " + message.getPart() + " of the features of run " + message.getRun() + ", layer "
                + message.getLayer().getName() + ", step " + message.getStep();
    }

    @Override
    public void close() {
        for (LayerState state : layers.values()) {
            state.open().values().forEach(OpenSnapshot::close);
            state.rolling().values().forEach(RollingWindow::close);
        }
        memory.releaseAll();
        layers.clear();
        load(-openSnapshots, -accumulatorBytes);
    }
}
