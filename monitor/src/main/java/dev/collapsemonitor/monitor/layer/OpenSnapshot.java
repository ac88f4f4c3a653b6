package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.geometry.LayerContext;
import dev.collapsemonitor.monitor.geometry.LayerContext.Signals;
import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.monitor.statistics.SignalVariation;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerKind;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/** A snapshot whose parts are still arriving. */
final class OpenSnapshot implements AutoCloseable {
    private FeatureBatch announced; // without its payload
    private final PartSet parts;
    private final AccumulatorLimits limits;
    private FeatureShape shape; // null before the first usable part
    private LayerAccumulator accumulator;
    private long rowsOfLargestPart;
    private SignalVariation signals; // null until a part carries some
    private boolean signalsTooLarge;
    private boolean notFinite;
    private final Set<SnapshotId> newer = new HashSet<>();
    private long lastArrival;

    OpenSnapshot(FeatureBatch first, AccumulatorLimits limits) {
        this(FeatureShape.withoutPayload(first), new PartSet(first.getParts()), limits);
    }

    private OpenSnapshot(FeatureBatch announced, PartSet parts, AccumulatorLimits limits) {
        this.announced = announced;
        this.parts = parts;
        this.limits = limits;
    }

    /**
     * Merges a part that is new.
     *
     * @param clock the caught-up time of the stage, in milliseconds
     * @param room asked for the bytes that a part needs beyond those expected; throws when there are none
     * @throws InvalidRecordException when its content does not fit, or there is no room; it then counts as arrived
     */
    void merge(FeatureRecord record, Batch batch, Workspace workspace, long clock, LongConsumer room) {
        lastArrival = clock;
        int part = record.batch().getPart();
        try {
            if (record.rejection() != null) {
                throw record.rejection();
            }
            FeatureShape of = FeatureShape.of(record);
            requireSameShape(of, record);
            FeatureShape.load(record, batch);
            if (accumulator != null) {
                requireRoom(batch.rows(), room);
            } else {
                shape = of;
                announced = FeatureShape.withoutPayload(record.batch()); // what a rejected part declared binds nobody
                accumulator = new LayerAccumulator(
                        of.classes(), of.columns(), of.doubles(), limits, expectedRows(announced, batch.rows()));
            }
        } catch (InvalidRecordException e) {
            notFinite |= e.reason() == Reason.NOT_FINITE;
            parts.rejected(part, record.checksum());
            throw e;
        }
        rowsOfLargestPart = Math.max(rowsOfLargestPart, batch.rows());
        accumulator.observe(batch, workspace);
        observeSignals(record.content());
        parts.merged(part, record.checksum());
    }

    private void observeSignals(FeatureRecord.Content content) {
        int outputs = content.signals().columns();
        boolean wanted = content.signals().rows() > 0 && announced.getLayer().getKind() != LayerKind.CONVOLUTION;
        if (!wanted) {
            return;
        }
        if (!SignalVariation.fits(announced.getClasses(), outputs)) {
            signalsTooLarge = true;
            return;
        }
        if (signals == null) {
            signals = new SignalVariation(announced.getClasses(), outputs);
        }
        signals.observe(content.signals(), content.labels());
    }

    private void requireSameShape(FeatureShape of, FeatureRecord record) {
        if (shape == null) {
            return;
        }
        shape.require(of, record.batch());
        int outputs = record.content().signals().columns();
        if (signals != null && record.content().signals().rows() > 0 && outputs != signals.outputs()) {
            throw new InvalidRecordException(
                    Reason.SHAPE,
                    FeatureShape.describe(record.batch()) + "back-propagated signals of " + outputs
                            + " columns, but an earlier part had " + signals.outputs());
        }
    }

    /** What the first usable part announced: identity, layer, classes; no payload. */
    FeatureBatch announced() {
        return announced;
    }

    PartSet parts() {
        return parts;
    }

    /**
     * Bytes that the statistics grow to, on and off the heap, when no part that is still to come has more rows than those that
     * came; 0 before the first usable part.
     */
    long memoryBytes() {
        return shape == null ? 0 : memoryBytes(rowsOfLargestPart);
    }

    private long memoryBytes(long rowsOfPart) {
        return accumulator.memoryBytes(limits, accumulator.observed() + parts.missing() * rowsOfPart);
    }

    /** More rows than in any part so far: those that are still to come may be as large. */
    private void requireRoom(int rows, LongConsumer room) {
        if (rows > rowsOfLargestPart) {
            room.accept(memoryBytes(rows) - memoryBytes());
        }
    }

    /** Bytes of everything that it grows to, the signals and the list of its parts too. */
    long totalBytes() {
        return memoryBytes() + (signals == null ? 0 : signals.memoryBytes()) + parts.memoryBytes();
    }

    /** Bytes that a snapshot grows to with parts like this one, its first; 0 when the part is not usable. */
    static long bytesFor(FeatureRecord record, AccumulatorLimits limits) {
        if (record.content() == null) {
            return 0;
        }
        int rowsOfPart = record.content().features().rows();
        long rows = (long) record.batch().getParts() * rowsOfPart;
        return FeatureShape.of(record).memoryBytes(limits.forRows(rows), expectedRows(record.batch(), rowsOfPart))
                + signalBytes(record);
    }

    /** Rows in all, judged by a part; not known from the last of several, which may be shorter than the others. */
    private static long expectedRows(FeatureBatch batch, int rowsOfPart) {
        boolean telling = batch.getParts() == 1 || batch.getPart() < batch.getParts() - 1;
        return telling ? (long) batch.getParts() * rowsOfPart : Long.MAX_VALUE;
    }

    private static long signalBytes(FeatureRecord record) {
        int classes = record.batch().getClasses();
        int outputs = record.content().signals().rows() == 0
                ? 0
                : record.content().signals().columns();
        return outputs > 0 && SignalVariation.fits(classes, outputs)
                ? SignalVariation.memoryBytes(classes, outputs)
                : 0;
    }

    /** Bytes that another part adds to what this one grows to, but for its rows: these {@link #merge} asks for. */
    long growthFor(FeatureRecord record) {
        if (accumulator == null) {
            return bytesFor(record, limits);
        }
        return signals == null && record.content() != null ? signalBytes(record) : 0;
    }

    /**
     * The announced message (int bytes, message), the parts, bool signals too large, bool not finite; int newer
     * snapshots that began, each int attempt, long step;
     * bool and the statistics, when there are some; bool and the signals, when there are some;
     * long caught-up time of the last arrival: at the end, so that it changes no other chunk.
     */
    void write(DataOutput out) throws IOException {
        byte[] message = announced.toByteArray();
        out.writeInt(message.length);
        out.write(message);
        parts.write(out);
        out.writeBoolean(signalsTooLarge);
        out.writeBoolean(notFinite);
        List<SnapshotId> ordered = newer.stream()
                .sorted(Comparator.comparingInt(SnapshotId::attempt).thenComparingLong(SnapshotId::step))
                .toList();
        out.writeInt(ordered.size());
        for (SnapshotId id : ordered) {
            out.writeInt(id.attempt());
            out.writeLong(id.step());
        }
        out.writeBoolean(accumulator != null);
        if (accumulator != null) {
            out.writeBoolean(shape.doubles());
            accumulator.write(out);
        }
        out.writeBoolean(signals != null);
        if (signals != null) {
            signals.write(out);
        }
        out.writeLong(lastArrival);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param version 1 had no time of the last arrival: its grace begins anew
     */
    static OpenSnapshot read(DataInput in, AccumulatorLimits limits, int version) throws IOException {
        byte[] message = new byte[in.readInt()];
        in.readFully(message);
        OpenSnapshot snapshot = new OpenSnapshot(FeatureBatch.parseFrom(message), PartSet.read(in), limits);
        snapshot.signalsTooLarge = in.readBoolean();
        snapshot.notFinite = in.readBoolean();
        int newer = in.readInt();
        for (int i = 0; i < newer; i++) {
            snapshot.newer.add(new SnapshotId(in.readInt(), in.readLong(), snapshot.announced.getSplit()));
        }
        if (in.readBoolean()) {
            boolean doubles = in.readBoolean();
            snapshot.accumulator = LayerAccumulator.read(in, limits);
            snapshot.shape = FeatureShape.of(snapshot.accumulator, doubles);
            snapshot.rowsOfLargestPart = snapshot.rowsOfMeanPart();
        }
        if (in.readBoolean()) {
            snapshot.signals = SignalVariation.read(in);
        }
        snapshot.lastArrival = version == 1 ? Long.MAX_VALUE : in.readLong();
        return snapshot;
    }

    private long rowsOfMeanPart() {
        int arrived = announced.getParts() - parts.missing();
        return arrived == 0 ? 0 : (accumulator.observed() + arrived - 1) / arrived;
    }

    /** The statistics of what was merged, or null when nothing was. */
    LayerAccumulator accumulator() {
        return accumulator;
    }

    /** The back-propagated signals of what was merged. */
    Signals signals() {
        if (signals == null) {
            return signalsTooLarge
                    ? Signals.missing("classes times outputs are too many to keep the back-propagated signals")
                    : LayerContext.NONE.signals();
        }
        return signals.observed() == accumulator.observed()
                ? Signals.of(signals.total(), signals.outputs())
                : Signals.missing("not every part carried back-propagated signals");
    }

    /** Whether a part held NaN or infinity. */
    boolean notFinite() {
        return notFinite;
    }

    /** Takes note that a newer snapshot began. */
    void overtakenBy(SnapshotId begun) {
        newer.add(begun);
    }

    /** Newer snapshots that began since this one; one that began again, because it was redelivered, counts once. */
    Set<SnapshotId> newer() {
        return newer;
    }

    /** Something came for it that is not a part: its grace starts anew. */
    void touch(long clock) {
        lastArrival = clock;
    }

    /** A flush was cut between it and the clock: its last arrival is not later than the clock. */
    void arrivedBy(long clock) {
        lastArrival = Math.min(lastArrival, clock);
    }

    /** Caught-up time of the stage when something came for it last, in milliseconds. */
    long lastArrival() {
        return lastArrival;
    }

    @Override
    public void close() {
        if (accumulator != null) {
            accumulator.close();
        }
    }
}
