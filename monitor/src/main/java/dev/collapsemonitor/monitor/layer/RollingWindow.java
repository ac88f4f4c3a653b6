package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.geometry.Effort;
import dev.collapsemonitor.monitor.geometry.LayerContext;
import dev.collapsemonitor.monitor.geometry.LayerContext.Signals;
import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Split;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Rolling statistics of one attempt's layer: mini-batches as training produces them, a sample counting 2^(−m/H) after m
 * later samples of the layer, H the half-life. They mix weights of different steps and train-mode batch norm; see {@link
 * RollingSettings}.
 *
 * <p>Records of a key come in the order of their steps, so knowing the last step and its parts is enough to recognise a
 * redelivery.
 */
final class RollingWindow implements AutoCloseable {
    private final RollingSettings settings;
    private final AccumulatorLimits limits;
    private FeatureBatch newest; // without its payload
    private PartSet parts; // of the newest step
    private FeatureShape shape; // null before the first usable batch
    private LayerAccumulator accumulator; // null before the first usable batch
    private boolean notFinite;
    private boolean pending;
    private long mergedParts; // since the last emission
    private long rejectedParts;
    private long emittedStep = Long.MIN_VALUE;
    private long emittedMillis = Long.MIN_VALUE;

    RollingWindow(FeatureBatch first, AccumulatorLimits limits, RollingSettings settings) {
        this(FeatureShape.withoutPayload(first), new PartSet(first.getParts()), limits, settings);
    }

    private RollingWindow(FeatureBatch newest, PartSet parts, AccumulatorLimits limits, RollingSettings settings) {
        this.newest = newest;
        this.parts = parts;
        this.settings = settings;
        this.limits = narrowed(limits, settings);
    }

    /** Older samples count less than half: nearest centres and cosines are to be of these weights, too. */
    private static AccumulatorLimits narrowed(AccumulatorLimits limits, RollingSettings settings) {
        return limits.newest((long) Math.ceil(settings.halfLife()));
    }

    /** Bytes that a window grows to whose first usable batch this is; 0 when the batch is not usable. */
    static long bytesFor(FeatureRecord record, AccumulatorLimits limits, RollingSettings settings) {
        return record.content() == null ? 0 : FeatureShape.of(record).memoryBytes(narrowed(limits, settings));
    }

    int attempt() {
        return newest.getAttempt();
    }

    long step() {
        return newest.getStep();
    }

    Split split() {
        return newest.getSplit();
    }

    /** Whether something came since the last emission. */
    boolean isPending() {
        return pending;
    }

    /** Whether a batch is new: not of an older step, nor a part of the newest step that arrived. */
    PartSet.Arrival classify(FeatureRecord record) {
        FeatureBatch batch = record.batch();
        if (batch.getStep() != newest.getStep()) {
            return batch.getStep() < newest.getStep() ? PartSet.Arrival.DUPLICATE : PartSet.Arrival.NEW;
        }
        return parts.classify(batch.getPart(), batch.getParts(), record.checksum());
    }

    /**
     * Merges a batch that is new.
     *
     * @throws InvalidRecordException when its content does not fit; it then counts as arrived
     */
    void merge(FeatureRecord record, Batch batch, Workspace workspace) {
        FeatureBatch message = record.batch();
        if (message.getStep() > newest.getStep()) {
            parts = new PartSet(message.getParts());
        }
        newest = FeatureShape.withoutPayload(message);
        pending = true;
        try {
            if (record.rejection() != null) {
                throw record.rejection();
            }
            FeatureShape of = FeatureShape.of(record);
            if (shape != null) {
                shape.require(of, message);
            }
            FeatureShape.load(record, batch);
            shape = of;
        } catch (InvalidRecordException e) {
            notFinite |= e.reason() == Reason.NOT_FINITE;
            rejectedParts++;
            parts.rejected(message.getPart(), record.checksum());
            throw e;
        }
        if (accumulator == null) {
            accumulator = new LayerAccumulator(shape.classes(), shape.columns(), shape.doubles(), limits);
        }
        accumulator.decay(settings.decay(batch.rows()));
        accumulator.observe(batch, workspace);
        mergedParts++;
        parts.merged(message.getPart(), record.checksum());
    }

    /** Whether enough steps and time have passed since the last emission. */
    boolean isDue(long nowMillis) {
        boolean first = emittedStep == Long.MIN_VALUE;
        return pending && (first || newest.getStep() - emittedStep >= settings.everySteps()) && isRested(nowMillis);
    }

    /** Whether something came since the last emission that is not to wait for further steps. */
    boolean isOverdue(long nowMillis) {
        return pending && isRested(nowMillis);
    }

    private boolean isRested(long nowMillis) {
        return emittedMillis == Long.MIN_VALUE
                || nowMillis - emittedMillis >= settings.atMostEvery().toMillis();
    }

    /**
     * The metrics as of the newest step.
     *
     * @param weights newest complete ones of a step up to {@link #step()}, or null
     */
    LayerResult emit(StepWeights weights, long nowMillis) {
        double coverage = (double) mergedParts / Math.max(1, mergedParts + rejectedParts);
        LayerContext context = new LayerContext(
                new double[0],
                Signals.missing("the bound is about a snapshot, not about rolling statistics"),
                Effort.ROLLING);
        LayerResult result = LayerResults.of(newest, accumulator, coverage, notFinite, weights, context);
        pending = false;
        mergedParts = 0;
        rejectedParts = 0;
        notFinite = false;
        emittedStep = newest.getStep();
        emittedMillis = nowMillis;
        return result;
    }

    /** Gives the statistics back. What is delivered again is still recognised; further steps begin anew. */
    void end() {
        close();
        accumulator = null;
        shape = null;
    }

    /** Bytes that the statistics grow to at most, on and off the heap; 0 before the first usable batch. */
    long memoryBytes() {
        return accumulator == null ? 0 : accumulator.memoryBytes(limits, Long.MAX_VALUE);
    }

    /**
     * The newest message without its payload (int bytes, message), the parts of its step, bool not finite, bool pending,
     * long merged and long rejected parts since the last emission, long step of that; bool and the statistics, when there
     * are some.
     */
    void write(DataOutput out) throws IOException {
        byte[] message = newest.toByteArray();
        out.writeInt(message.length);
        out.write(message);
        parts.write(out);
        out.writeBoolean(notFinite);
        out.writeBoolean(pending);
        out.writeLong(mergedParts);
        out.writeLong(rejectedParts);
        out.writeLong(emittedStep);
        out.writeBoolean(accumulator != null);
        if (accumulator != null) {
            out.writeBoolean(shape.doubles());
            accumulator.write(out);
        }
    }

    /** Reads what {@link #write} wrote. */
    static RollingWindow read(DataInput in, AccumulatorLimits limits, RollingSettings settings) throws IOException {
        byte[] message = new byte[in.readInt()];
        in.readFully(message);
        RollingWindow window = new RollingWindow(FeatureBatch.parseFrom(message), PartSet.read(in), limits, settings);
        window.notFinite = in.readBoolean();
        window.pending = in.readBoolean();
        window.mergedParts = in.readLong();
        window.rejectedParts = in.readLong();
        window.emittedStep = in.readLong();
        if (in.readBoolean()) {
            boolean doubles = in.readBoolean();
            window.accumulator = LayerAccumulator.read(in, window.limits);
            window.shape = FeatureShape.of(window.accumulator, doubles);
        }
        return window;
    }

    @Override
    public void close() {
        if (accumulator != null) {
            accumulator.close();
        }
    }
}
