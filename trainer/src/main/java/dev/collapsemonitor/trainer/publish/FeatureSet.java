package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;

/**
 * All inputs of one layer in one snapshot or mini-batch. The arrays are handed over: they must not change afterwards.
 *
 * @param labels one per row, in [0, classes)
 * @param predictions one per row, or empty when unknown
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
public record FeatureSet(FeatureHeader header, Rows features, int[] labels, int[] predictions, Signals signals) {
    private static final int LABEL_BYTES = 2 * Integer.BYTES; // label and prediction

    /** Back-propagated signals of the same rows. */
    public sealed interface Signals {}

    /** None are published. */
    public record NoSignals() implements Signals {}

    /**
     * One row per sample: the gradient of the sample's loss by the layer's output before its activation function, so that
     * the gradient of the weights is the mean of δhᵀ.
     */
    public record SignalRows(Rows rows) implements Signals {}

    public FeatureSet {
        String name = header.layer().getName();
        if (labels.length != features.count()) {
            throw new IllegalArgumentException(
                    "layer " + name + ": " + labels.length + " labels for " + features.count() + " rows of features");
        }
        if (predictions.length != 0 && predictions.length != labels.length) {
            throw new IllegalArgumentException(
                    "layer " + name + ": " + predictions.length + " predictions for " + labels.length + " labels");
        }
        if (signals instanceof SignalRows given && given.rows().count() != features.count()) {
            throw new IllegalArgumentException("layer " + name + ": signals of "
                    + given.rows().count() + " rows for " + features.count() + " rows of features");
        }
    }

    /**
     * The features of a snapshot, without signals.
     *
     * @param weightsFollow whether the layer's weights of the same step are published too
     */
    public FeatureSet(
            Layer layer,
            Split split,
            int classes,
            Rows features,
            int[] labels,
            int[] predictions,
            boolean weightsFollow) {
        this(
                new FeatureHeader(layer, Mode.SNAPSHOT, split, classes, weightsFollow),
                features,
                labels,
                predictions,
                new NoSignals());
    }

    /** Values of one row on the wire, signals included. */
    int rowValues() {
        return features.columns()
                + (signals instanceof SignalRows given ? given.rows().columns() : 0);
    }

    /**
     * Rows in one part of a snapshot when nobody asks for fewer: what fits into a record. Who computes on the same rows in
     * the same parts gets the same numbers, to the last bit.
     *
     * @param columns values of one row, of the features and of the signals when there are any
     * @param elementBytes bytes of one value
     */
    public static int rowsPerPart(int columns, int elementBytes) {
        long rowBytes = (long) columns * elementBytes + LABEL_BYTES;
        return (int) Math.max(1, Topic.TARGET_RECORD_BYTES / rowBytes);
    }
}
