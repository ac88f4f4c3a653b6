package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import dev.collapsemonitor.trainer.optimizer.DescribedLoss;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from a network of DL4J what the records say about it, so that nobody has to type it. */
final class NetworkInspector {
    private static final Logger log = LoggerFactory.getLogger(NetworkInspector.class);

    private static final String WEIGHTS = DefaultParamInitializer.WEIGHT_KEY;
    private static final String BIAS = DefaultParamInitializer.BIAS_KEY;

    private final List<NetworkNode> nodes;
    private final List<WeightLayer> layers;

    /**
     * Inspects a network.
     *
     * @param pass of one sample or more: it has the shapes
     */
    NetworkInspector(List<NetworkNode> nodes, EvaluationPass pass) {
        this.nodes = nodes;
        this.layers = findLayers(nodes, pass);
        if (layers.isEmpty()) {
            throw new UserException(
                    "the network has no dense or 2-d convolution layer whose features could be published");
        }
    }

    /** The layers with weights from the input on; the last is the classifier. */
    List<WeightLayer> layers() {
        return layers;
    }

    /** The last layer with weights, if it is one row of weights per class. */
    Optional<WeightLayer> classifier() {
        return layers.stream().filter(layer -> layer.layer().getClassifier()).findFirst();
    }

    /** How the optimizer of the classifier updates it. */
    IUpdater updater() {
        IUpdater updater = config(layers.get(layers.size() - 1).source()).getUpdaterByParam(WEIGHTS);
        return updater == null ? new NoOp() : updater;
    }

    /** Weight decay as far as one value describes the whole network: that of the layers before the classifier. */
    WeightDecay weightDecay() {
        WeightSet.Decaying last = layers.get(layers.size() - 1).decay();
        WeightSet.Decaying first = layers.get(0).decay();
        boolean mixed = first.coupling() == Coupling.MIXED;
        return WeightDecay.newBuilder()
                .setLambda(first.lambda())
                .setCoupling(first.coupling())
                .setCoupledShare(mixed ? layers.get(0).coupledDecay() / first.lambda() : 0)
                .setBiasDecayed(first.biasDecayed())
                .setLastLayerExcluded(first.lambda() > 0 && last.lambda() == 0)
                .build();
    }

    /** The loss and its scale against the definition in the contract. */
    Loss loss() {
        ILossFunction function = lossFunction();
        if (function instanceof DescribedLoss described) {
            return described.describe();
        }
        if (function instanceof LossMCXENT
                || function instanceof LossNegativeLogLikelihood
                || function instanceof LossSparseMCXENT) {
            return Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY).setScale(1).build();
        }
        // DL4J sums squared errors without the half (L2) and divides by the outputs (MSE, a subclass of L2).
        if (function instanceof LossL2 squared) {
            double scale = function instanceof LossMSE
                    ? 2.0 / layers.get(layers.size() - 1).outputs()
                    : 2.0;
            INDArray weights = squared.getWeights();
            return Loss.newBuilder()
                    .setKind(LossKind.MSE)
                    .setScale(
                            weights == null
                                    ? scale
                                    : scale * weights.meanNumber().doubleValue())
                    .build();
        }
        return Loss.getDefaultInstance();
    }

    private ILossFunction lossFunction() {
        if (!(nodes.get(nodes.size() - 1) instanceof NetworkNode.OfLayer last)) {
            return null;
        }
        org.deeplearning4j.nn.conf.layers.Layer conf = last.layer().conf().getLayer();
        if (conf instanceof LossLayer layer) {
            return layer.getLossFn();
        }
        return conf instanceof BaseOutputLayer layer ? layer.getLossFn() : null;
    }

    private static TrainingConfig config(org.deeplearning4j.nn.api.Layer layer) {
        return layer.conf().getLayer();
    }

    private static List<WeightLayer> findLayers(List<NetworkNode> nodes, EvaluationPass pass) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i) instanceof NetworkNode.OfLayer node && isPublished(node, pass.input(i))) {
                positions.add(i);
            }
        }
        Set<String> names = new HashSet<>();
        List<WeightLayer> layers = new ArrayList<>();
        for (int position : positions) {
            boolean last = layers.size() == positions.size() - 1;
            NetworkNode.OfLayer node = (NetworkNode.OfLayer) nodes.get(position);
            String name = uniqueName(node.name(), position, names);
            layers.add(describe(node, position, name, pass.input(position), layers.size(), last));
        }
        return layers;
    }

    private static boolean isPublished(NetworkNode.OfLayer node, INDArray input) {
        org.deeplearning4j.nn.api.Layer layer = node.layer();
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        INDArray weights =
                layer.paramTable() == null ? null : layer.paramTable().get(WEIGHTS);
        // The input of an embedding is an index: its table has no features to speak of.
        if (weights == null || conf instanceof EmbeddingLayer || conf instanceof EmbeddingSequenceLayer) {
            return false;
        }
        boolean dense = weights.rank() == 2 && input.rank() == 2 && conf instanceof FeedForwardLayer;
        if (dense || weights.rank() == 4) {
            return true;
        }
        log.warn(
                "layer {} ({}) is neither dense nor a 2-d convolution: its features are not published",
                node.name(),
                conf.getClass().getSimpleName());
        return false;
    }

    private static WeightLayer describe(
            NetworkNode.OfLayer node, int position, String name, INDArray input, int index, boolean last) {
        INDArray weights = node.layer().getParam(WEIGHTS);
        boolean convolution = weights.rank() == 4;
        // Dense weights are in x out, those of a convolution out x in x height x width.
        long outputs = convolution ? weights.size(0) : weights.size(1);
        Layer description = Layer.newBuilder()
                .setIndex(index)
                .setName(name)
                .setKind(convolution ? LayerKind.CONVOLUTION : LayerKind.DENSE)
                .setClassifier(last && !convolution)
                .setFeatureDim(input.length() / input.size(0))
                .addWeightDims(outputs)
                .addWeightDims(weights.length() / outputs)
                .build();
        return new WeightLayer(
                position, node.layer(), description, decaying(node.layer()), coupled(config(node.layer())));
    }

    private static String uniqueName(String given, int position, Set<String> names) {
        String name = given;
        while (!names.add(name)) {
            name = name + "-" + position;
        }
        return name;
    }

    private static WeightSet.Decaying decaying(org.deeplearning4j.nn.api.Layer layer) {
        TrainingConfig config = config(layer);
        double coupled = coupled(config);
        double decoupled = 0;
        for (Regularization regularization : regularization(config, WEIGHTS)) {
            if (regularization instanceof org.nd4j.linalg.learning.regularization.WeightDecay decay
                    && decay.isApplyLR()) {
                decoupled += decay.getCoeff().valueAt(0, 0);
            } else if (!(regularization instanceof L2Regularization)) {
                return WeightSet.Decaying.UNKNOWN; // L1, or decay outside the learning rate: neither has a λ here
            }
        }
        boolean bias = layer.paramTable().containsKey(BIAS)
                && !regularization(config, BIAS).isEmpty();
        Coupling coupling = Coupling.COUPLED; // no decay at all reads as coupled with λ = 0
        if (decoupled > 0) {
            coupling = coupled > 0 ? Coupling.MIXED : Coupling.DECOUPLED;
        }
        return new WeightSet.Decaying(coupled + decoupled, coupling, bias);
    }

    private static double coupled(TrainingConfig config) {
        double coupled = 0;
        for (Regularization regularization : regularization(config, WEIGHTS)) {
            if (regularization instanceof L2Regularization l2) {
                coupled += l2.getL2().valueAt(0, 0);
            }
        }
        return coupled;
    }

    private static List<Regularization> regularization(TrainingConfig config, String parameter) {
        List<Regularization> found = config.getRegularizationByParam(parameter);
        return found == null ? List.of() : found;
    }
}
