package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Captures mini-batches from the forward pass of the training: what the weights of this very step made of them, in
 * training mode. The arrays lie in the workspace of the pass and are copied once.
 */
final class RollingCapture {
    private final ObservedNetwork network;
    private final List<WeightLayer> layers;
    private final Optional<WeightLayer> classifier;
    private final LayerWeights weights;
    private final int classes;
    private final int weightsEvery;
    private long captures;

    /** @param weightsEvery with which captures the weights go, counted from the first */
    RollingCapture(
            ObservedNetwork network,
            List<WeightLayer> layers,
            Optional<WeightLayer> classifier,
            LayerWeights weights,
            int classes,
            int weightsEvery) {
        this.network = network;
        this.layers = List.copyOf(layers);
        this.classifier = classifier;
        this.weights = weights;
        this.classes = classes;
        this.weightsEvery = weightsEvery;
    }

    /**
     * Captures the batch whose forward pass has just been made.
     *
     * @param activations what the hook was given
     * @param moment before the update that the pass leads to
     */
    void publish(RunPublisher publisher, Object activations, int[] labels, Moment moment) {
        boolean withWeights = captures++ % weightsEvery == 0;
        Map<Integer, Reservation> reservations = new HashMap<>();
        if (withWeights) {
            layers.forEach(layer -> reservations.put(layer.node(), LayerWeights.reserve(publisher, layer)));
        }
        int[] predictions = classifier
                .map(last -> predictions(last, input(last, activations)))
                .orElseGet(() -> new int[0]);
        for (WeightLayer layer : layers) {
            INDArray input = input(layer, activations);
            if (input.size(0) != labels.length) {
                throw new UserException("run " + publisher.descriptor().getRun() + ": a mini-batch of " + input.size(0)
                        + " samples came, but the labels of " + labels.length
                        + " were seen; train on publisher.watch(iterator)");
            }
            boolean weightsFollow = reservations.get(layer.node()) instanceof Reservation.Granted;
            FeatureHeader header = new FeatureHeader(layer.layer(), Mode.ROLLING, Split.TRAIN, classes, weightsFollow);
            try (FeatureStream stream = publisher.stream(header, moment, labels.length, layer.featureDim(), 0)) {
                stream.append(labels, predictions, NdArrays.rows(input), RowSource.NONE);
            }
        }
        if (withWeights) {
            for (WeightLayer layer : layers) {
                weights.publish(publisher, reservations.get(layer.node()), layer, Mode.ROLLING, moment, 0);
            }
        }
    }

    private INDArray input(WeightLayer layer, Object activations) {
        boolean last = layer.node() == network.nodes().size() - 1;
        if (!last) {
            return layer.source().input(); // preprocessed, with dropout where the layer has some
        }
        // The hook runs before the output layer is given its input.
        INDArray raw = network.trainingInput(layer.node(), activations);
        NetworkNode.OfLayer node = (NetworkNode.OfLayer) network.nodes().get(layer.node());
        return node.preProcessor()
                .map(given -> given.preProcess(raw, (int) raw.size(0), LayerWorkspaceMgr.noWorkspaces()))
                .orElse(raw);
    }

    private static int[] predictions(WeightLayer classifier, INDArray input) {
        return NdArrays.argMax(LayerGradient.affine(classifier.source(), input));
    }
}
