package dev.collapsemonitor.trainer.arrays;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Opens the arrays of layers and checks that they fit together. */
final class LayerArraysReader {
    private static final int[] NONE = {};
    private static final int MOST_CLASSES = 10_000;
    private static final int CHUNK = 1 << 16;

    private final ArrayOptions options;
    /** Labels and predictions by location: layers of one pass share them. */
    private final Map<String, int[]> integers = new LinkedHashMap<>();

    LayerArraysReader(ArrayOptions options) {
        this.options = options;
    }

    List<LayerArrays> read(List<ArrayLocations> layers) {
        if (options.weightDecay != null
                && !(options.weightDecay >= 0 && options.weightDecay < Double.POSITIVE_INFINITY)) {
            throw new UserException("--weight-decay " + options.weightDecay + " is no weight decay; give 0 or more");
        }
        Coupling coupling = options.couplingKind();
        LossKind loss = options.lossKind();
        // Every small array is read before the first large one is touched.
        List<LayerArrays> opened = new ArrayList<>();
        for (ArrayLocations layer : layers) {
            Optional<NpyArray> features = layer.features().map(location -> real(location, "features"));
            Optional<NpyArray> weights = layer.weights().map(location -> real(location, "weights"));
            Optional<NpyArray> bias = layer.bias().map(location -> real(location, "bias"));
            int[] labels =
                    layer.labels().map(location -> integers(location, "labels")).orElse(NONE);
            int[] predictions = layer.predictions()
                    .map(location -> integers(location, "predictions"))
                    .orElse(NONE);
            features.ifPresent(array -> requireFeatures(array, layer, labels, predictions));
            weights.ifPresent(array -> requireWeights(array, features));
            bias.ifPresent(array -> requireBias(array, weights.orElseThrow()));
            opened.add(new LayerArrays(
                    features,
                    labels,
                    predictions,
                    weights,
                    bias,
                    0,
                    options.weightDecay == null ? OptionalDouble.empty() : OptionalDouble.of(options.weightDecay),
                    coupling,
                    loss));
        }
        int classes = classes();
        return opened.stream().map(layer -> layer.withClasses(classes)).toList();
    }

    private static void requireFeatures(NpyArray features, ArrayLocations layer, int[] labels, int[] predictions) {
        if (features.shape().length < 2) {
            throw new UserException(
                    "features " + features.name() + " have shape " + shape(features) + "; rows x d is needed");
        }
        if (features.rows() == 0 || features.columns() == 0) {
            throw new UserException("features " + features.name() + " are empty: shape " + shape(features));
        }
        if (labels.length != features.rows()) {
            throw new UserException("features " + features.name() + " have " + features.rows() + " rows, but labels "
                    + layer.labels().orElseThrow() + " have " + labels.length + "; take both from the same pass");
        }
        if (predictions.length != 0 && predictions.length != labels.length) {
            throw new UserException(
                    "features " + features.name() + " have " + features.rows() + " rows, but predictions "
                            + layer.predictions().orElseThrow() + " have " + predictions.length
                            + "; take both from the same pass");
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

    /** K as given, else from the labels and predictions of all layers; 0 when neither is there. */
    private int classes() {
        if (options.classes == null && integers.isEmpty()) {
            return 0;
        }
        int needed = 1
                + integers.values().stream()
                        .mapToInt(LayerArraysReader::largest)
                        .max()
                        .orElse(-1);
        int classes = options.classes == null ? needed : options.classes;
        if (classes < 2 || classes > MOST_CLASSES) {
            String shown = String.join(", ", integers.keySet());
            throw new UserException((options.classes == null ? "labels " + shown + " show " : "--classes ")
                    + classes + (options.classes == null ? " class(es)" : "") + "; from 2 to " + MOST_CLASSES
                    + " are possible");
        }
        integers.forEach((location, values) -> requireInRange(location, values, classes));
        return classes;
    }

    private static int largest(int[] values) {
        return Arrays.stream(values).max().orElse(-1);
    }

    private static void requireInRange(String location, int[] values, int classes) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= classes) {
                throw new UserException(location + " holds " + values[i] + " in row " + i + ", but " + classes
                        + " classes allow 0 to " + (classes - 1) + "; mend --classes or the file");
            }
        }
    }

    private static NpyArray real(String location, String what) {
        NpyArray array = ArrayFiles.open(location);
        if (!array.type().isReal()) {
            throw new UserException(
                    what + " " + array.name() + " hold " + array.type() + " elements; save them as float32 or float64");
        }
        return array;
    }

    private int[] integers(String location, String what) {
        return integers.computeIfAbsent(location, key -> readIntegers(key, what));
    }

    private static int[] readIntegers(String location, String what) {
        NpyArray array = ArrayFiles.open(location);
        if (array.columns() != 1 || array.type().isReal()) {
            throw new UserException(what + " " + array.name() + " have shape " + shape(array) + " and type "
                    + array.type() + "; one integer per row is needed");
        }
        if (array.rows() > Integer.MAX_VALUE - 8) {
            throw new UserException(
                    what + " " + array.name() + " have " + array.rows() + " rows; at most 2^31 are read");
        }
        int[] result = new int[(int) array.rows()];
        long[] chunk = new long[Math.min(CHUNK, result.length)];
        for (int from = 0; from < result.length; from += CHUNK) {
            int count = Math.min(CHUNK, result.length - from);
            array.copyRows(from, count, chunk);
            for (int i = 0; i < count; i++) {
                if (chunk[i] < 0 || chunk[i] >= MOST_CLASSES) {
                    throw new UserException(what + " " + array.name() + " hold " + chunk[i] + " in row " + (from + i)
                            + "; classes are 0 to " + (MOST_CLASSES - 1) + " at most");
                }
                result[from + i] = (int) chunk[i];
            }
        }
        return result;
    }

    private static String shape(NpyArray array) {
        return Arrays.toString(array.shape());
    }
}
