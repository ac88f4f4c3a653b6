package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import java.util.List;

/**
 * The weights of one layer at one step. The arrays are handed over: they must not change afterwards.
 *
 * @param weights out x in
 * @param bias as one row, or of no rows when the layer has none
 * @param decay weight decay of this layer's weights
 * @param mode of the features that they belong to
 * @param featuresFollow whether the layer's features of the same step are published too
 * @param classes of the run; 0 when not known
 * @param classCounts training samples per class; empty when not known
 * @param gradientNorm Frobenius norm of the gradient of the mean loss by the weights, coupled decay included; 0 when not
 *     known
 */
public record WeightSet(
        Layer layer,
        Rows weights,
        Bias bias,
        Decaying decay,
        LossKind loss,
        Mode mode,
        boolean featuresFollow,
        int classes,
        List<Long> classCounts,
        double gradientNorm) {
    public WeightSet {
        classCounts = List.copyOf(classCounts);
    }

    /** The weights of a snapshot, of which neither class counts nor gradient are known. */
    public WeightSet(
            Layer layer, Rows weights, Bias bias, Decaying decay, LossKind loss, boolean featuresFollow, int classes) {
        this(layer, weights, bias, decay, loss, Mode.SNAPSHOT, featuresFollow, classes, List.of(), 0);
    }

    /** The bias of a layer as one row. */
    public sealed interface Bias {}

    /** The layer has no bias. */
    public record NoBias() implements Bias {}

    /** The bias, 1 x out. */
    public record BiasRow(Rows row) implements Bias {}

    /**
     * How the weights of a layer are decayed.
     *
     * @param lambda total weight decay; 0 with {@link Coupling#COUPLING_UNSPECIFIED} when not said
     */
    public record Decaying(double lambda, Coupling coupling, boolean biasDecayed) {
        /** Nothing is known about the decay. */
        public static final Decaying UNKNOWN = new Decaying(0, Coupling.COUPLING_UNSPECIFIED, false);
    }
}
