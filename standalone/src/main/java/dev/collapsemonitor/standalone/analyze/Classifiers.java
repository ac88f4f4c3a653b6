package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import java.util.List;
import java.util.Optional;

/** Finds the layer whose outputs are the classes. */
final class Classifiers {
    private Classifiers() {}

    /**
     * The layer that the user named; else, of those with one row of weights per class, the last: a hidden layer may by
     * chance be as wide.
     *
     * @throws UserException when the named layer cannot be the classifier
     */
    static Optional<String> choose(List<String> names, List<LayerArrays> layers, Optional<String> named) {
        if (named.isPresent()) {
            requireClassifier(named.get(), names, layers);
            return named;
        }
        for (int i = names.size() - 1; i >= 0; i--) {
            if (layers.get(i).isClassifier()) {
                return Optional.of(names.get(i));
            }
        }
        return Optional.empty();
    }

    private static void requireClassifier(String named, List<String> names, List<LayerArrays> layers) {
        String what = "--classifier " + named;
        if (!names.contains(named)) {
            throw new UserException(what + ": there is no such layer; there are " + String.join(", ", names));
        }
        LayerArrays layer = layers.get(names.indexOf(named));
        if (layer.isClassifier()) {
            return;
        }
        if (layer.weights().isEmpty()) {
            throw new UserException(what + ": that layer has no weights; add " + named + ".weights.npy");
        }
        if (layer.classes() == 0) {
            throw new UserException(what + ": the number of classes is not known; give --classes or labels");
        }
        throw new UserException(what + ": weights " + layer.weights().get().name() + " have "
                + layer.weights().get().rows() + " outputs, but there are " + layer.classes()
                + " classes; name the last layer, or give --classes");
    }
}
