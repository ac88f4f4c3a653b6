package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that name the saved arrays of one layer; the same for every command that reads some. */
public final class ArrayOptions {
    @Option(
            names = "--features",
            paramLabel = "F.npy",
            description = "Inputs of the layer, rows x d, float32 or float64. Every array may also be a member of an"
                    + " archive: FILE.npz:NAME.")
    String features;

    @Option(names = "--labels", paramLabel = "Y.npy", description = "Label of each row, integers from 0.")
    String labels;

    @Option(names = "--predictions", paramLabel = "P.npy", description = "Predicted label of each row.")
    String predictions;

    @Option(
            names = "--weights",
            paramLabel = "W.npy",
            description = "Weights, outputs x inputs, or a 4-d convolution kernel with the outputs first.")
    String weights;

    @Option(names = "--bias", paramLabel = "B.npy", description = "Bias, one value per output.")
    String bias;

    @Option(
            names = "--classes",
            paramLabel = "K",
            description = "Number of classes. Default: the largest label or prediction + 1.")
    Integer classes;

    @Option(
            names = "--weight-decay",
            paramLabel = "LAMBDA",
            description = "Weight decay of this layer. Default: unknown.")
    Double weightDecay;

    @Option(
            names = "--coupling",
            paramLabel = "coupled|decoupled",
            description = "How the weight decay meets the update. Default: coupled, when --weight-decay is given.")
    String coupling;

    @Option(names = "--loss", paramLabel = "ce|mse", description = "Loss that the network was trained with.")
    String loss;

    /** Whether one of the options that name an array is given. */
    public boolean nameArrays() {
        return !locations().equals(ArrayLocations.NONE);
    }

    /**
     * Opens the arrays and checks that they fit together.
     *
     * @throws dev.collapsemonitor.protocol.UserException when they do not
     */
    public LayerArrays load() {
        requireCombination();
        return load(List.of(locations())).get(0);
    }

    /**
     * Opens arrays of several layers of one network; what is not an array, such as the number of classes, is taken from
     * these options, or from the labels of all layers.
     *
     * @param layers each with features and labels, weights, or both
     * @throws dev.collapsemonitor.protocol.UserException when arrays do not fit together
     */
    public List<LayerArrays> load(List<ArrayLocations> layers) {
        return new LayerArraysReader(this).read(layers);
    }

    private ArrayLocations locations() {
        return new ArrayLocations(
                Optional.ofNullable(features),
                Optional.ofNullable(labels),
                Optional.ofNullable(predictions),
                Optional.ofNullable(weights),
                Optional.ofNullable(bias));
    }

    private void requireCombination() {
        if (features == null && weights == null) {
            throw new UserException("nothing to read: give --features with --labels, --weights, or both");
        }
        if (features != null && labels == null) {
            throw new UserException("--features " + features + " needs --labels, the class of each row");
        }
        if (features == null && (labels != null || predictions != null)) {
            throw new UserException("--labels and --predictions belong to rows of features; give --features too");
        }
        if (bias != null && weights == null) {
            throw new UserException("--bias " + bias + " needs the --weights that it belongs to");
        }
    }

    LossKind lossKind() {
        return Choices.lossKind(loss);
    }

    Coupling couplingKind() {
        return Choices.coupling(coupling, weightDecay != null);
    }
}
