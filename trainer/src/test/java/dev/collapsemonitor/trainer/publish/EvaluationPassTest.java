package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class EvaluationPassTest {
    private static final int SAMPLES = 12;
    private static final double DIFFERENCE = 1e-5;

    private final DataSet data = TestNetworks.data(SAMPLES, DataType.DOUBLE);

    @Test
    void shouldFeedASequenceForwardAsItsOwnEvaluationDoes() {
        MultiLayerNetwork network = trained(TestNetworks.sequence(DataType.DOUBLE));
        List<INDArray> expected = network.feedForward(data.getFeatures(), false);
        ObservedNetwork observed = ObservedNetwork.of(network);
        EvaluationPass pass = EvaluationPass.over(observed.nodes(), data.getFeatures());
        for (int layer : List.of(0, 4, 6)) {
            assertSame(pass.input(layer + 1), expected.get(layer));
        }
        assertSame(pass.output(), expected.get(7));
    }

    @Test
    void shouldFeedAGraphForwardAsItsOwnEvaluationDoes() {
        ComputationGraph graph = trained(TestNetworks.convolutional(DataType.DOUBLE));
        Map<String, INDArray> expected = graph.feedForward(data.getFeatures(), false);
        ObservedNetwork observed = ObservedNetwork.of(graph);
        EvaluationPass pass = EvaluationPass.over(observed.nodes(), data.getFeatures());
        Map<String, String> inputs =
                Map.of("stem", "in", "fast", "relu", "shortcut", "relu", "hidden", "pool", "classifier", "hidden");
        for (WeightLayer layer : layers(observed)) {
            assertSame(pass.input(layer.node()), expected.get(inputs.get(layer.name())));
        }
        assertSame(pass.output(), expected.get("loss"));
    }

    @Test
    void shouldFindTheLayersOfAGraphInTopologicalOrder() {
        List<WeightLayer> layers = layers(ObservedNetwork.of(TestNetworks.convolutional(DataType.FLOAT)));
        assertThat(layers).extracting(WeightLayer::name).startsWith("stem").endsWith("hidden", "classifier");
        assertThat(layers).extracting(WeightLayer::name).contains("fast", "shortcut");
        assertThat(layers)
                .extracting(layer -> layer.layer().getClassifier())
                .containsExactly(false, false, false, false, true);
        Layer fast = layers.stream()
                .filter(layer -> layer.name().equals("fast"))
                .findFirst()
                .orElseThrow()
                .layer();
        assertThat(fast.getKind()).isEqualTo(LayerKind.CONVOLUTION);
        assertThat(fast.getWeightDimsList()).containsExactly(4L, 36L);
        assertThat(fast.getFeatureDim()).isEqualTo(4 * TestNetworks.SIDE * TestNetworks.SIDE);
        assertThat(layers)
                .allSatisfy(layer -> assertThat(layer.decay().lambda())
                        .isEqualTo(layer.name().equals("fast") ? 2 * TestNetworks.DECAY : TestNetworks.DECAY));
        assertThat(layers).noneMatch(layer -> layer.decay().biasDecayed());
    }

    /** ∂(summed loss)/∂b = Σ δ, so the δ of one sample is the derivative of its loss by the bias. */
    @ParameterizedTest
    @ValueSource(strings = {"sequence", "graph"})
    void shouldGiveTheSignalsThatFiniteDifferencesOfTheBiasGive(String kind) {
        Model network = network(kind);
        ObservedNetwork observed = ObservedNetwork.of(network);
        List<WeightLayer> dense =
                layers(observed).stream().filter(WeightLayer::isDense).toList();
        assertThat(dense).hasSizeGreaterThan(1);
        Map<Integer, INDArray> signals = signals(observed, dense);
        for (WeightLayer layer : dense) {
            INDArray bias = layer.source().getParam("b");
            INDArray signal = signals.get(layer.node());
            assertThat(signal.shape()).containsExactly(SAMPLES, layer.outputs());
            assertThat(signal.norm2Number().doubleValue()).isPositive();
            for (int j = 0; j < layer.outputs(); j++) {
                double[] expected = derivatives(network, bias, j);
                assertThat(signal.getColumn(j).toDoubleVector())
                        .as(layer.name())
                        .containsExactly(expected, within(1e-8));
            }
        }
    }

    /** G = ∂(mean loss + λ/2 ‖W‖²)/∂W, in evaluation mode. */
    @ParameterizedTest
    @ValueSource(strings = {"sequence", "graph"})
    void shouldGiveTheGradientNormThatFiniteDifferencesOfTheWeightsGive(String kind) {
        Model network = network(kind);
        ObservedNetwork observed = ObservedNetwork.of(network);
        List<WeightLayer> dense =
                layers(observed).stream().filter(WeightLayer::isDense).toList();
        WeightGradients gradients = new WeightGradients();
        for (int from = 0; from < SAMPLES; from += 5) { // batches of different sizes
            DataSet batch = (DataSet) data.getRange(from, Math.min(SAMPLES, from + 5));
            EvaluationPass pass = EvaluationPass.over(observed.nodes(), batch.getFeatures());
            gradients.add(pass, pass.signals(batch.getLabels(), nodes(dense)), batch.numExamples());
        }
        for (WeightLayer layer : dense) {
            INDArray weights = layer.source().getParam("W");
            double squares = 0;
            for (int i = 0; i < weights.length(); i++) {
                double loss = Arrays.stream(derivatives(network, weights, i))
                        .average()
                        .orElseThrow();
                double entry = loss + TestNetworks.DECAY * weights.getDouble(i);
                squares += entry * entry;
            }
            assertThat(gradients.norm(layer)).as(layer.name()).isCloseTo(Math.sqrt(squares), within(1e-7));
        }
    }

    private Model network(String kind) {
        return kind.equals("graph")
                ? trained(TestNetworks.convolutional(DataType.DOUBLE))
                : trained(TestNetworks.sequence(DataType.DOUBLE));
    }

    /** So that running statistics are not those of the start. */
    private MultiLayerNetwork trained(MultiLayerNetwork network) {
        for (int i = 0; i < 20; i++) {
            network.fit(data);
        }
        return network;
    }

    private ComputationGraph trained(ComputationGraph graph) {
        for (int i = 0; i < 20; i++) {
            graph.fit(data);
        }
        return graph;
    }

    private List<WeightLayer> layers(ObservedNetwork network) {
        DataSet typed = TestNetworks.data(1, network.nodes().isEmpty() ? DataType.FLOAT : type(network));
        EvaluationPass pass = EvaluationPass.over(network.nodes(), typed.getFeatures());
        return new NetworkInspector(network.nodes(), pass).layers();
    }

    private static DataType type(ObservedNetwork network) {
        return network.nodes().stream()
                .filter(NetworkNode.OfLayer.class::isInstance)
                .map(node -> ((NetworkNode.OfLayer) node).layer().getParam("W"))
                .findFirst()
                .orElseThrow()
                .dataType();
    }

    private Map<Integer, INDArray> signals(ObservedNetwork network, List<WeightLayer> layers) {
        EvaluationPass pass = EvaluationPass.over(network.nodes(), data.getFeatures());
        return pass.signals(data.getLabels(), nodes(layers));
    }

    private static Set<Integer> nodes(List<WeightLayer> layers) {
        return layers.stream().map(WeightLayer::node).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Of every sample's loss by one parameter. */
    private double[] derivatives(Model network, INDArray parameter, int index) {
        double before = parameter.getDouble(index);
        parameter.putScalar(index, before + DIFFERENCE);
        INDArray above = losses(network);
        parameter.putScalar(index, before - DIFFERENCE);
        INDArray below = losses(network);
        parameter.putScalar(index, before);
        return above.sub(below).div(2 * DIFFERENCE).toDoubleVector();
    }

    /** Of every sample, in evaluation mode, without regularisation. */
    private INDArray losses(Model model) {
        return model instanceof ComputationGraph graph
                ? graph.scoreExamples(data, false)
                : ((MultiLayerNetwork) model).scoreExamples(data, false);
    }

    private static void assertSame(INDArray actual, INDArray expected) {
        assertThat(actual.length()).isEqualTo(expected.length());
        assertThat(actual.dup('c').data().asDouble())
                .containsExactly(expected.dup('c').data().asDouble(), within(1e-9));
    }
}
