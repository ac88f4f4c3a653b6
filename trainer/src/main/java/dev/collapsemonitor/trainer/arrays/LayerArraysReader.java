package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/** Opens the arrays of one layer and checks that they fit together. */
final class LayerArraysReader {
    private static final int[] NONE = {};
    private static final int MOST_CLASSES = 10_000;

    private final ArrayOptions options;

    LayerArraysReader(ArrayOptions options) {
        this.options = options;
    }

    LayerArrays read() {
        requireCombination();
        Optional<NpyArray> features = real(options.features, "features");
        Optional<NpyArray> weights = real(options.weights, "weights");
        Optional<NpyArray> bias = real(options.bias, "bias");
        int[] labels = options.labels == null ? NONE : integers(options.labels, "labels");
        int[] predictions = options.predictions == null ? NONE : integers(options.predictions, "predictions");
        features.ifPresent(array -> requireFeatures(array, labels, predictions));
        int classes = classes(labels, predictions);
        weights.ifPresent(array -> requireWeights(array, features));
        bias.ifPresent(array -> requireBias(array, weights.orElseThrow()));
        if (options.weightDecay != null
                && !(options.weightDecay >= 0 && options.weightDecay < Double.POSITIVE_INFINITY)) {
            throw new UserException("--weight-decay " + options.weightDecay + " is no weight decay; give 0 or more");
        }
        return new LayerArrays(
                features,
                labels,
                predictions,
                weights,
                bias,
                classes,
                options.weightDecay == null ? OptionalDouble.empty() : OptionalDouble.of(options.weightDecay),
                options.couplingKind(),
                options.lossKind());
    }

    private void requireCombination() {
        if (options.features == null && options.weights == null) {
            throw new UserException("nothing to read: give --features with --labels, --weights, or both");
        }
        if (options.features != null && options.labels == null) {
            throw new UserException("--features " + options.features + " needs --labels, the class of each row");
        }
        if (options.features == null && (options.labels != null || options.predictions != null)) {
            throw new UserException("--labels and --predictions belong to rows of features; give --features too");
        }
        if (options.bias != null && options.weights == null) {
            throw new UserException("--bias " + options.bias + " needs the --weights that it belongs to");
        }
    }

    private static void requireFeatures(NpyArray features, int[] labels, int[] predictions) {
        if (features.shape().length < 2) {
            throw new UserException(
                    "features " + features.name() + " have shape " + shape(features) + "; rows x d is needed");
        }
        if (features.rows() == 0 || features.columns() == 0) {
            throw new UserException("features " + features.name() + " are empty: shape " + shape(features));
        }
        if (labels.length != features.rows()) {
            throw new UserException("features " + features.name() + " have " + features.rows() + " rows, but there are "
                    + labels.length + " labels; take both from the same pass");
        }
        if (predictions.length != 0 && predictions.length != labels.length) {
            throw new UserException("features " + features.name() + " have " + features.rows() + " rows, but there are "
                    + predictions.length + " predictions; take both from the same pass");
        }
    }

    private static void requireWeights(NpyArray weights, Optional<NpyArray> features) {
        int dims = weights.shape().length;
        if (dims != 2 && dims != 4) {
            throw new UserException("weights " + weights.name() + " have shape " + shape(weights)
                    + "; outputs x inputs, or a convolution's outputs x inputs x height x width, is needed");
        }
        if (weights.rows() == 0 || weights.columns() == 0) {
            throw new UserException("weights " + weights.name() + " are empty: shape " + shape(weights));
        }
        if (dims == 2
                && features.isPresent()
                && weights.columns() != features.get().columns()) {
            String remedy = weights.rows() == features.get().columns()
                    ? "they look transposed: save them as outputs x inputs"
                    : "features must be the inputs of the layer with these weights";
            throw new UserException("weights " + weights.name() + " have " + weights.columns()
                    + " columns, but features " + features.get().name() + " have "
                    + features.get().columns() + "; " + remedy);
        }
    }

    private static void requireBias(NpyArray bias, NpyArray weights) {
        if (bias.rows() * bias.columns() != weights.rows()) {
            throw new UserException("bias " + bias.name() + " has shape " + shape(bias) + ", but weights "
                    + weights.name() + " have " + weights.rows() + " outputs; give one value per output");
        }
    }

    private int classes(int[] labels, int[] predictions) {
        int needed = 1 + Math.max(largest(labels), largest(predictions));
        int classes = options.classes == null ? needed : options.classes;
        if (options.classes == null && labels.length == 0) {
            return 0;
        }
        if (classes < 2 || classes > MOST_CLASSES) {
            throw new UserException((options.classes == null ? "labels " + options.labels + " show " : "--classes ")
                    + classes + (options.classes == null ? " class(es)" : "") + "; from 2 to " + MOST_CLASSES
                    + " are possible");
        }
        requireInRange("labels " + options.labels, labels, classes);
        requireInRange("predictions " + options.predictions, predictions, classes);
        return classes;
    }

    private static int largest(int[] values) {
        return Arrays.stream(values).max().orElse(-1);
    }

    private static void requireInRange(String what, int[] values, int classes) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= classes) {
                throw new UserException(what + " hold " + values[i] + " in row " + i + ", but " + classes
                        + " classes allow 0 to " + (classes - 1) + "; mend --classes or the file");
            }
        }
    }

    private static Optional<NpyArray> real(String location, String what) {
        if (location == null) {
            return Optional.empty();
        }
        NpyArray array = ArrayFiles.open(location);
        if (!array.type().isReal()) {
            throw new UserException(
                    what + " " + array.name() + " hold " + array.type() + " elements; save them as float32 or float64");
        }
        return Optional.of(array);
    }

    private static int[] integers(String location, String what) {
        NpyArray array = ArrayFiles.open(location);
        if (array.columns() != 1 || array.type().isReal()) {
            throw new UserException(what + " " + array.name() + " have shape " + shape(array) + " and type "
                    + array.type() + "; one integer per row is needed");
        }
        if (array.rows() > Integer.MAX_VALUE - 8) {
            throw new UserException(
                    what + " " + array.name() + " have " + array.rows() + " rows; at most 2^31 are read");
        }
        long[] values = new long[(int) array.rows()];
        array.copyRows(0, values.length, values);
        int[] result = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= MOST_CLASSES) {
                throw new UserException(what + " " + array.name() + " hold " + values[i] + " in row " + i
                        + "; classes are 0 to " + (MOST_CLASSES - 1) + " at most");
            }
            result[i] = (int) values[i];
        }
        return result;
    }

    private static String shape(NpyArray array) {
        return Arrays.toString(array.shape());
    }
}
