package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;

/**
 * Weights of one layer with what was declared about them.
 *
 * @param weights out × in; convolution: out × (in·kh·kw)
 * @param bias one per row, or empty when the layer has none
 * @param classifier whether row k belongs to class k
 * @param kind dense or convolution; unspecified counts as dense
 * @param weightDecay λ of this layer; 0 when none
 * @param coupling how λ meets the update
 * @param biasDecayed whether biases are decayed too
 * @param loss the run's loss
 * @param gradientNorm Frobenius norm of the full gradient of the weights, or 0 when not published
 * @param classCounts training samples per class, or empty when not declared
 */
public record LayerWeights(
        Matrix weights,
        double[] bias,
        boolean classifier,
        LayerKind kind,
        double weightDecay,
        Coupling coupling,
        boolean biasDecayed,
        LossKind loss,
        double gradientNorm,
        long[] classCounts) {

    /** Whether a bias was published. */
    public boolean hasBias() {
        return bias.length > 0;
    }
}
