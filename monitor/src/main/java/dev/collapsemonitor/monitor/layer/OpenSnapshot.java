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

/** A snapshot whose parts are still arriving. */
final class OpenSnapshot implements AutoCloseable {
    private FeatureBatch announced; // without its payload
    private final PartSet parts;
    private final AccumulatorLimits limits;
    private FeatureShape shape; // null before the first usable part
    private LayerAccumulator accumulator;
    private SignalVariation signals; // null until a part carries some
    private boolean signalsTooLarge;
    private boolean notFinite;
    private int newerSnapshots;
    private long lastArrivalMillis;

    OpenSnapshot(FeatureBatch first, AccumulatorLimits limits) {
        announced = FeatureShape.withoutPayload(first);
        parts = new PartSet(first.getParts());
        this.limits = limits;
    }

    /**
     * Merges a part that is new.
     *
     * @throws InvalidRecordException when its content does not fit; it then counts as arrived
     */
    void merge(FeatureRecord record, Batch batch, Workspace workspace, long nowMillis) {
        lastArrivalMillis = nowMillis;
        int part = record.batch().getPart();
        try {
            if (record.rejection() != null) {
                throw record.rejection();
            }
            FeatureShape of = FeatureShape.of(record);
            requireSameShape(of, record);
            FeatureShape.load(record, batch);
            if (accumulator == null) {
                shape = of;
                announced = FeatureShape.withoutPayload(record.batch()); // what a rejected part declared binds nobody
                accumulator = new LayerAccumulator(of.classes(), of.columns(), of.doubles(), limits);
            }
        } catch (InvalidRecordException e) {
            notFinite |= e.reason() == Reason.NOT_FINITE;
            parts.rejected(part, record.checksum());
            throw e;
        }
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

    /** Bytes that the statistics grow to at most, on and off the heap; 0 before the first usable part. */
    long memoryBytes() {
        return shape == null ? 0 : shape.memoryBytes(limits);
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

    /** Takes note that a newer snapshot began; returns how many did since this one. */
    int overtaken() {
        return ++newerSnapshots;
    }

    /** Something came for it that is not a part: its grace starts anew. */
    void touch(long nowMillis) {
        lastArrivalMillis = nowMillis;
    }

    long lastArrivalMillis() {
        return lastArrivalMillis;
    }

    @Override
    public void close() {
        if (accumulator != null) {
            accumulator.close();
        }
    }
}
