package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.FeatureBatch;

/** A snapshot whose parts are still arriving. */
final class OpenSnapshot implements AutoCloseable {
    private final FeatureBatch announced; // without its payload
    private final PartSet parts;
    private final AccumulatorLimits limits;
    private LayerAccumulator accumulator;
    private boolean doubleFeatures;
    private boolean notFinite;
    private long lastArrivalMillis;

    OpenSnapshot(FeatureBatch first, AccumulatorLimits limits) {
        announced = first.toBuilder()
                .clearFeatures()
                .clearBackpropagatedSignals()
                .clearLabels()
                .clearPredictedLabels()
                .build();
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
            FeatureRecord.Content content = record.content();
            requireSameShape(record.batch(), content);
            batch.load(content.features(), content.labels(), content.predicted(), part);
            if (accumulator == null) {
                doubleFeatures = content.features().isDouble();
                accumulator = new LayerAccumulator(
                        announced.getClasses(), content.features().columns(), doubleFeatures, limits);
            }
        } catch (InvalidRecordException e) {
            notFinite |= e.reason() == Reason.NOT_FINITE;
            parts.rejected(part, record.checksum());
            throw e;
        }
        accumulator.observe(batch, workspace);
        parts.merged(part, record.checksum());
    }

    private void requireSameShape(FeatureBatch batch, FeatureRecord.Content content) {
        String what = "features of run " + batch.getRun() + ", layer "
                + batch.getLayer().getName() + ", step " + batch.getStep() + ", part " + batch.getPart() + ": ";
        if (batch.getClasses() != announced.getClasses()) {
            throw new InvalidRecordException(
                    Reason.CLASS_COUNT,
                    what + batch.getClasses() + " classes, but the first part announced " + announced.getClasses());
        }
        if (accumulator == null) {
            return;
        }
        if (content.features().columns() != accumulator.dimension()) {
            throw new InvalidRecordException(
                    Reason.SHAPE,
                    what + content.features().columns() + " columns, but the first part had "
                            + accumulator.dimension());
        }
        if (content.features().isDouble() != doubleFeatures) {
            throw new InvalidRecordException(
                    Reason.DATA_TYPE,
                    what + content.features().type() + ", but the first part had "
                            + (doubleFeatures ? "float64" : "32 bits or fewer"));
        }
    }

    /** What the first part announced: identity, layer, classes; no payload. */
    FeatureBatch announced() {
        return announced;
    }

    PartSet parts() {
        return parts;
    }

    /** The statistics of what was merged, or null when nothing was. */
    LayerAccumulator accumulator() {
        return accumulator;
    }

    /** Whether a part held NaN or infinity. */
    boolean notFinite() {
        return notFinite;
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
