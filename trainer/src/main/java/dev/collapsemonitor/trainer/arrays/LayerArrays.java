package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The arrays of one layer, checked against each other: features with labels, weights, or both.
 *
 * @param features rows x d, float32 or float64
 * @param labels one per row of the features, in [0, classes); empty without features
 * @param predictions one per row, or empty
 * @param weights outputs first; float32 or float64
 * @param bias one value per output
 * @param classes K; 0 when neither given nor to be seen (weights alone)
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
public record LayerArrays(
        Optional<NpyArray> features,
        int[] labels,
        int[] predictions,
        Optional<NpyArray> weights,
        Optional<NpyArray> bias,
        int classes,
        OptionalDouble weightDecay,
        Coupling coupling,
        LossKind loss) {

    LayerArrays withClasses(int number) {
        return new LayerArrays(features, labels, predictions, weights, bias, number, weightDecay, coupling, loss);
    }

    /** Whether the weights are a 4-d convolution kernel. */
    public boolean isConvolution() {
        return weights.isPresent() && weights.get().shape().length == 4;
    }

    /** Whether the weights have one row per class, as those of the last layer have. */
    public boolean isClassifier() {
        return classes > 0
                && !isConvolution()
                && weights.isPresent()
                && weights.get().rows() == classes;
    }
}
