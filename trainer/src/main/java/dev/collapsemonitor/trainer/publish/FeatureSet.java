package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.Split;

/**
 * All inputs of one layer in one snapshot.
 *
 * @param labels one per row, in [0, classes)
 * @param predictions one per row, or empty when unknown
 * @param weightsFollow whether the layer's weights of the same step are published too
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
public record FeatureSet(
        Layer layer, Split split, int classes, Rows features, int[] labels, int[] predictions, boolean weightsFollow) {
    private static final int LABEL_BYTES = 2 * Integer.BYTES; // label and prediction

    public FeatureSet {
        if (labels.length != features.count()) {
            throw new IllegalArgumentException("layer " + layer.getName() + ": " + labels.length + " labels for "
                    + features.count() + " rows of features");
        }
        if (predictions.length != 0 && predictions.length != labels.length) {
            throw new IllegalArgumentException("layer " + layer.getName() + ": " + predictions.length
                    + " predictions for " + labels.length + " labels");
        }
    }

    /**
     * Rows in one part of a snapshot when nobody asks for fewer: what fits into a record. Who computes on the same rows in
     * the same parts gets the same numbers, to the last bit.
     *
     * @param elementBytes bytes of one feature
     */
    public static int rowsPerPart(int columns, int elementBytes) {
        long rowBytes = (long) columns * elementBytes + LABEL_BYTES;
        return (int) Math.max(1, Topic.TARGET_RECORD_BYTES / rowBytes);
    }
}
