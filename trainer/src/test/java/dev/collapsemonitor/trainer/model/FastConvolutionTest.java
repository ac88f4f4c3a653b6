package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The fast convolution against DL4J's, in networks that are the same otherwise. */
class FastConvolutionTest {
    private static final SampleShape SHAPE = new SampleShape(3, 15, 16);
    private static final int SAMPLES = 5;

    @ParameterizedTest
    @CsvSource({"1, 1, true", "1, 2, false", "3, 1, false", "3, 2, true", "5, 1, true"})
    void shouldComputeWhatDl4jComputes(int kernel, int stride, boolean bias) {
        ComputationGraph fast = network(ConvolutionKind.FAST, kernel, stride, bias);
        ComputationGraph reference = network(ConvolutionKind.DL4J, kernel, stride, bias);
        assertThat(fast.params()).isEqualTo(reference.params());
        // Biases are zero at first, which would hide a missing one.
        INDArray parameters = reference.params().add(0.01);
        fast.setParams(parameters);
        reference.setParams(parameters);
        Nd4j.getRandom().setSeed(3);
        INDArray samples = Nd4j.randn('c', SAMPLES, SHAPE.length());
        INDArray labels = Nd4j.zeros(SAMPLES, 3);
        for (int i = 0; i < SAMPLES; i++) {
            labels.putScalar(i, i % 3, 1);
        }

        Map<String, INDArray> activations = fast.feedForward(samples, false);
        reference
                .feedForward(samples, false)
                .forEach((name, expected) -> assertClose(name, activations.get(name), expected));

        for (ComputationGraph network : new ComputationGraph[] {fast, reference}) {
            network.setInputs(samples);
            network.setLabels(labels);
            network.computeGradientAndScore();
        }
        // The loss contains the decay of all weights.
        assertThat(fast.score()).isCloseTo(reference.score(), offset(1e-5));
        Map<String, INDArray> gradients = fast.gradient().gradientForVariable();
        reference
                .gradient()
                .gradientForVariable()
                .forEach((name, expected) -> assertClose("gradient of " + name, gradients.get(name), expected));
    }

    private static void assertClose(String what, INDArray actual, INDArray expected) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        assertThat(actual.sub(expected).amaxNumber().doubleValue())
                .as(what)
                .isLessThan(1e-5 * Math.max(1, expected.amaxNumber().doubleValue()));
    }

    /** Two convolutions, so that the gradient also has to pass through one. */
    private static ComputationGraph network(ConvolutionKind kind, int kernel, int stride, boolean bias) {
        Training training = new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.1, 0), Decay.coupled(0.01), 1);
        GraphNetwork graph = GraphNetwork.onImages("test", SHAPE, 8, training, kind);
        GraphNetwork.Node node = GraphNetwork.input(SHAPE.channels());
        node = graph.relu("relu1", graph.convolution("conv1", node, 4, 3, 1, bias));
        node = graph.relu("relu2", graph.convolution("conv2", node, 6, kernel, stride, bias));
        return graph.classify(graph.averagePool("pool", node), 3, true);
    }
}
