package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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

    private final MultiLayerNetwork network;
    private final List<WeightLayer> layers;

    /**
     * Inspects a network.
     *
     * @param activations of all layers for some samples, the input first: what {@code feedForward} returns
     */
    NetworkInspector(MultiLayerNetwork network, List<INDArray> activations) {
        this.network = network;
        this.layers = findLayers(network, activations);
        if (layers.isEmpty()) {
            throw new UserException(
                    "the network has no dense or 2-d convolution layer whose features could be" + " published");
        }
    }

    /** The layers with weights from the input on; the last is the classifier. */
    List<WeightLayer> layers() {
        return layers;
    }

    /** How the optimizer of the classifier updates it. */
    IUpdater updater() {
        IUpdater updater = base(layers.get(layers.size() - 1)).getIUpdater();
        return updater == null ? new NoOp() : updater;
    }

    /** Weight decay as far as one value describes the whole network: that of the layers before the classifier. */
    WeightDecay weightDecay() {
        WeightSet.Decaying last = layers.get(layers.size() - 1).decay();
        WeightSet.Decaying first = layers.get(0).decay();
        return WeightDecay.newBuilder()
                .setLambda(first.lambda())
                .setCoupling(first.coupling())
                .setCoupledShare(first.coupling() == Coupling.MIXED ? coupledShare(base(layers.get(0))) : 0)
                .setBiasDecayed(first.biasDecayed())
                .setLastLayerExcluded(first.lambda() > 0 && last.lambda() == 0)
                .build();
    }

    /** The loss and its scale against the definition in the contract. */
    Loss loss() {
        ILossFunction function = lossFunction();
        if (function instanceof LossMCXENT
                || function instanceof LossNegativeLogLikelihood
                || function instanceof LossSparseMCXENT) {
            return Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY).setScale(1).build();
        }
        // DL4J sums squared errors without the half (L2) and divides by the outputs (MSE, a subclass of L2).
        if (function instanceof LossL2 squared) {
            double scale = function instanceof LossMSE
                    ? 2.0 / layers.get(layers.size() - 1).layer().getWeightDims(0)
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
        org.deeplearning4j.nn.conf.layers.Layer last =
                network.getLayer(network.getnLayers() - 1).conf().getLayer();
        if (last instanceof LossLayer layer) {
            return layer.getLossFn();
        }
        return last instanceof BaseOutputLayer layer ? layer.getLossFn() : null;
    }

    private BaseLayer base(WeightLayer layer) {
        return (BaseLayer) network.getLayer(layer.position()).conf().getLayer();
    }

    private static List<WeightLayer> findLayers(MultiLayerNetwork network, List<INDArray> activations) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < network.getnLayers(); i++) {
            org.deeplearning4j.nn.api.Layer layer = network.getLayer(i);
            INDArray weights =
                    layer.paramTable() == null ? null : layer.paramTable().get(DefaultParamInitializer.WEIGHT_KEY);
            if (weights == null) {
                continue;
            }
            if (isSupported(weights, activations.get(i)) && layer.conf().getLayer() instanceof BaseLayer) {
                positions.add(i);
            } else {
                log.warn(
                        "layer {} ({}) is neither dense nor a 2-d convolution: its features are not published",
                        i,
                        layer.conf().getLayer().getClass().getSimpleName());
            }
        }
        Set<String> names = new HashSet<>();
        List<WeightLayer> layers = new ArrayList<>();
        for (int position : positions) {
            boolean last = layers.size() == positions.size() - 1;
            layers.add(describe(network, position, activations.get(position), layers.size(), last, names));
        }
        return layers;
    }

    private static boolean isSupported(INDArray weights, INDArray input) {
        return weights.rank() == 4 || (weights.rank() == 2 && (input.rank() == 2 || input.rank() == 4));
    }

    private static WeightLayer describe(
            MultiLayerNetwork network, int position, INDArray input, int index, boolean last, Set<String> names) {
        org.deeplearning4j.nn.api.Layer layer = network.getLayer(position);
        INDArray weights = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
        boolean convolution = weights.rank() == 4;
        // Dense weights are in x out, those of a convolution out x in x height x width.
        long outputs = convolution ? weights.size(0) : weights.size(1);
        BaseLayer conf = (BaseLayer) layer.conf().getLayer();
        Layer description = Layer.newBuilder()
                .setIndex(index)
                .setName(uniqueName(conf.getLayerName(), position, names))
                .setKind(convolution ? LayerKind.CONVOLUTION : LayerKind.DENSE)
                .setClassifier(last && !convolution)
                .setFeatureDim(input.length() / input.size(0))
                .addWeightDims(outputs)
                .addWeightDims(weights.length() / outputs)
                .build();
        return new WeightLayer(position, description, decaying(conf));
    }

    private static String uniqueName(String given, int position, Set<String> names) {
        String name = given == null || given.isBlank() ? "layer" + position : given;
        while (!names.add(name)) {
            name = name + "-" + position;
        }
        return name;
    }

    private static WeightSet.Decaying decaying(BaseLayer layer) {
        double coupled = 0;
        double decoupled = 0;
        for (Regularization regularization : layer.getRegularization()) {
            if (regularization instanceof L2Regularization l2) {
                coupled += l2.getL2().valueAt(0, 0);
            } else if (regularization instanceof org.nd4j.linalg.learning.regularization.WeightDecay decay
                    && decay.isApplyLR()) {
                decoupled += decay.getCoeff().valueAt(0, 0);
            } else {
                return WeightSet.Decaying.UNKNOWN; // L1, or decay outside the learning rate: neither has a λ here
            }
        }
        boolean bias = !layer.getRegularizationBias().isEmpty();
        Coupling coupling = Coupling.COUPLED; // no decay at all reads as coupled with λ = 0
        if (decoupled > 0) {
            coupling = coupled > 0 ? Coupling.MIXED : Coupling.DECOUPLED;
        }
        return new WeightSet.Decaying(coupled + decoupled, coupling, bias);
    }

    private static double coupledShare(BaseLayer layer) {
        double coupled = 0;
        for (Regularization regularization : layer.getRegularization()) {
            if (regularization instanceof L2Regularization l2) {
                coupled += l2.getL2().valueAt(0, 0);
            }
        }
        return coupled / decaying(layer).lambda();
    }
}
