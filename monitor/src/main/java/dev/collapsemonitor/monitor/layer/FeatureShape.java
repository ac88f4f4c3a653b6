package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.ingest.FeatureRecord;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.FeatureBatch;

/** What all batches of one accumulator have in common. */
record FeatureShape(int classes, int columns, boolean doubles) {

    static FeatureShape of(FeatureRecord record) {
        FeatureRecord.Content content = record.content();
        return new FeatureShape(
                record.batch().getClasses(),
                content.features().columns(),
                content.features().isDouble());
    }

    static FeatureShape of(LayerAccumulator accumulator, boolean doubles) {
        return new FeatureShape(accumulator.classes(), accumulator.dimension(), doubles);
    }

    /**
     * Requires that another batch has this shape.
     *
     * @throws InvalidRecordException naming both shapes
     */
    void require(FeatureShape other, FeatureBatch batch) {
        if (equals(other)) {
            return;
        }
        String what = describe(batch);
        if (other.classes != classes) {
            throw new InvalidRecordException(
                    Reason.CLASS_COUNT, what + other.classes + " classes, but the first part announced " + classes);
        }
        if (other.columns != columns) {
            throw new InvalidRecordException(
                    Reason.SHAPE, what + other.columns + " columns, but the first part had " + columns);
        }
        throw new InvalidRecordException(
                Reason.DATA_TYPE, what + bits(other.doubles) + ", but the first part had " + bits(doubles));
    }

    private static String bits(boolean doubles) {
        return doubles ? "float64" : "32 bits or fewer";
    }

    /**
     * Loads the rows of a record.
     *
     * @throws InvalidRecordException when a value is NaN or infinite
     */
    static void load(FeatureRecord record, Batch batch) {
        FeatureRecord.Content content = record.content();
        try {
            batch.load(
                    content.features(),
                    content.labels(),
                    content.predicted(),
                    record.batch().getPart());
        } catch (InvalidRecordException e) {
            throw new InvalidRecordException(e.reason(), describe(record.batch()) + e.getMessage());
        }
    }

    /** Bytes that an accumulator of this shape grows to at most that expects so many rows. */
    long memoryBytes(AccumulatorLimits limits, long expectedRows) {
        return LayerAccumulator.memoryBytes(classes, columns, doubles, limits, expectedRows);
    }

    /** Bytes that an accumulator of this shape and of an unknown number of rows grows to at most. */
    long memoryBytes(AccumulatorLimits limits) {
        return LayerAccumulator.memoryBytes(classes, columns, doubles, limits);
    }

    /** How errors name a batch. */
    static String describe(FeatureBatch batch) {
        return "features of run " + batch.getRun() + ", layer "
                + batch.getLayer().getName() + ", step " + batch.getStep() + ", part " + batch.getPart() + ": ";
    }

    /** What a batch announces, without its rows. */
    static FeatureBatch withoutPayload(FeatureBatch batch) {
        return batch.toBuilder()
                .clearFeatures()
                .clearBackpropagatedSignals()
                .clearLabels()
                .clearPredictedLabels()
                .build();
    }
}
