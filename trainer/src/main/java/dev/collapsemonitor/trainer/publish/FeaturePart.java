package dev.collapsemonitor.trainer.publish;

/**
 * One part of a feature set: what becomes one record.
 *
 * @param part from 0
 * @param parts in all
 * @param labels one per row
 * @param predictions one per row, or empty when unknown
 * @param from first row of this part in {@code features} and in the signals
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
record FeaturePart(
        FeatureHeader header,
        Moment moment,
        int part,
        int parts,
        int[] labels,
        int[] predictions,
        Rows features,
        FeatureSet.Signals signals,
        long from) {}
