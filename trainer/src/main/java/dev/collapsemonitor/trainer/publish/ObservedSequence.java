package dev.collapsemonitor.trainer.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layers one after the other: node 0 is the source, node i + 1 is layer i. */
final class ObservedSequence implements ObservedNetwork {
    private final MultiLayerNetwork network;
    private final List<NetworkNode> nodes = new ArrayList<>();

    ObservedSequence(MultiLayerNetwork network) {
        this.network = network;
        nodes.add(new NetworkNode.Source());
        for (int i = 0; i < network.getnLayers(); i++) {
            Layer layer = network.getLayer(i);
            String name = layer.conf().getLayer().getLayerName();
            nodes.add(new NetworkNode.OfLayer(
                    name == null || name.isBlank() ? "layer" + i : name,
                    layer,
                    Optional.ofNullable(network.getLayerWiseConfigurations().getInputPreProcess(i)),
                    List.of(i)));
        }
    }

    @Override
    public List<NetworkNode> nodes() {
        return nodes;
    }

    @Override
    public INDArray trainingInput(int node, Object activations) {
        return (INDArray) ((List<?>) activations).get(node - 1);
    }

    @Override
    public int steps() {
        return network.getIterationCount();
    }

    @Override
    public int epochs() {
        return network.getEpochCount();
    }

    @Override
    public double learningRate(int node) {
        Double rate = network.getLearningRate(node - 1);
        return rate == null ? Double.NaN : rate;
    }

    @Override
    public void clear() {
        network.clearLayersStates();
    }

    @Override
    public Model copy() {
        MultiLayerNetwork copy = network.clone();
        ObservedNetwork.forget(copy.getUpdater().getStateViewArray());
        return copy;
    }
}
