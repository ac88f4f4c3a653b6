package dev.collapsemonitor.trainer.model;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Cross-entropy against smoothed labels: with one-hot labels y of K classes the targets are (1−s)y + s/K.
 *
 * <p>The network is still given one-hot labels, so that accuracy and hooks need not know.
 */
public final class SmoothedCrossEntropy extends LossMCXENT {
    private static final long serialVersionUID = 1;

    private final double smoothing;

    /** A loss of smoothing {@code s} in [0, 1). */
    @JsonCreator
    public SmoothedCrossEntropy(@JsonProperty("smoothing") double smoothing) {
        this.smoothing = smoothing;
    }

    /** s: the share of a label that is spread over all classes. */
    @JsonProperty("smoothing")
    public double getSmoothing() {
        return smoothing;
    }

    @Override
    protected INDArray scoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return super.scoreArray(smooth(labels), preOutput, activation, mask);
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return super.computeGradient(smooth(labels), preOutput, activation, mask);
    }

    private INDArray smooth(INDArray labels) {
        return labels.mul(1 - smoothing).addi(smoothing / labels.size(1));
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof SmoothedCrossEntropy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SmoothedCrossEntropy that
                && super.equals(other)
                && Double.compare(smoothing, that.smoothing) == 0;
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + Double.hashCode(smoothing);
    }

    @Override
    public String toString() {
        return "SmoothedCrossEntropy(" + smoothing + ")";
    }
}
