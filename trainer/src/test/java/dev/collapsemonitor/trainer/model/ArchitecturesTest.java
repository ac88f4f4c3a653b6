package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;

/** Every network of the zoo, small: what it is made of, and that it learns. */
class ArchitecturesTest {
    private static final SampleShape GREY = new SampleShape(1, 28, 28);
    private static final SampleShape COLOUR = new SampleShape(3, 32, 32);
    private static final int CLASSES = 3;
    private static final int SAMPLES = 12;
    private static final ArchitectureOptions SMALL =
            ArchitectureOptions.DEFAULT.withWidthMultiplier(0.25).withSamples(SAMPLES);

    static Stream<Arguments> networks() {
        return Architectures.NAMES.stream()
                .flatMap(name -> name.equals("ufm")
                        ? Stream.of(Arguments.of(name, SampleShape.flat(1)))
                        : Stream.of(Arguments.of(name, GREY), Arguments.of(name, COLOUR)));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldLearnSeparableData(String name, SampleShape shape) {
        Samples samples = separable(shape);
        Model network = small(name, SMALL).build(shape, CLASSES, training(5e-4));
        INDArray before = network.params().dup();
        double first = Networks.loss(network, samples);
        // Batches of 8 and 4: a network must not depend on the size of the first.
        ShuffledBatches batches = new ShuffledBatches(samples, 8, 1);
        Networks.fit(network, batches);
        assertThat(network.params().equals(before)).isFalse();
        for (int epoch = 1; epoch < 10; epoch++) {
            Networks.fit(network, batches);
        }
        assertThat(Networks.loss(network, samples)).isLessThan(0.9 * first);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldEndInClassifierAndLoss(String name, SampleShape shape) {
        Model network = small(name, SMALL).build(shape, CLASSES, training(0));
        List<String> names =
                Arrays.stream(Networks.layers(network)).map(Networks::name).toList();
        assertThat(names).endsWith(Architecture.CLASSIFIER, Architecture.LOSS).doesNotHaveDuplicates();
        INDArray weights = Networks.layer(network, Architecture.CLASSIFIER).getParam("W");
        double bound = 1 / Math.sqrt(weights.size(0));
        assertThat(weights.size(1)).isEqualTo(CLASSES);
        assertThat(weights.amaxNumber().doubleValue()).isBetween(0.5 * bound, bound);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldStartFromTheSeedAlone(String name, SampleShape shape) {
        Architecture architecture = small(name, SMALL);
        INDArray once = architecture.build(shape, CLASSES, training(0)).params();
        Nd4j.rand(5, 5); // moves the global random numbers on
        INDArray again = architecture.build(shape, CLASSES, training(0)).params();
        Training reseeded = new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.1, 0), Decay.NONE, 8);
        INDArray other = architecture.build(shape, CLASSES, reseeded).params();
        assertThat(again.equalsWithEps(once, 0)).isTrue();
        assertThat(other.equals(once)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldDecayWeightsAlone(String name, SampleShape shape) {
        Model network = small(name, SMALL.withNorm(BatchNorm.LAST)).build(shape, CLASSES, training(0.01));
        for (Layer layer : Networks.layers(network)) {
            for (String parameter : layer.paramTable().keySet()) {
                List<Regularization> decay = layer.conf().getLayer().getRegularizationByParam(parameter);
                if (parameter.equals("W")) {
                    assertThat(decay).as(Networks.name(layer)).hasSize(1);
                } else {
                    assertThat(decay == null || decay.isEmpty()).as(parameter).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldHaveNoBiasWhenAskedFor(String name, SampleShape shape) {
        for (BatchNorm norm : BatchNorm.values()) {
            ArchitectureOptions options = SMALL.withBias(false).withNorm(norm);
            assertThat(biases(small(name, options).build(shape, CLASSES, training(0))))
                    .isZero();
        }
        assertThat(biases(small(name, SMALL.withNorm(BatchNorm.NONE)).build(shape, CLASSES, training(0))))
                .isPositive();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldNormaliseWhereAskedFor(String name, SampleShape shape) {
        boolean has = !name.equals("deep-linear") && !name.equals("ufm");
        assertThat(norms(name, BatchNorm.NONE, shape)).isZero();
        assertThat(norms(name, BatchNorm.LAST, shape)).isEqualTo(has ? 1 : 0);
        if (has) {
            assertThat(norms(name, BatchNorm.ALL, shape)).isGreaterThan(1);
        }
    }

    @Test
    void shouldTrainAsWithDl4jsConvolutions() {
        Samples samples = separable(COLOUR);
        ComputationGraph fast = new ResNet(1, 4, BatchNorm.ALL, true).build(COLOUR, CLASSES, training(1e-3));
        ComputationGraph slow =
                new ResNet(1, 4, BatchNorm.ALL, true, ConvolutionKind.DL4J).build(COLOUR, CLASSES, training(1e-3));
        Networks.fit(fast, new ShuffledBatches(samples, 6, 1));
        Networks.fit(slow, new ShuffledBatches(samples, 6, 1));
        assertThat(fast.params().sub(slow.params()).amaxNumber().doubleValue()).isLessThan(1e-4);
        assertThat(Networks.loss(fast, samples)).isCloseTo(Networks.loss(slow, samples), offset(1e-4));
    }

    @Test
    void shouldCountDepthInWeightLayers() {
        assertThat(depth(Architectures.of("resnet", SMALL.withDepth(8)))).isEqualTo(8);
        assertThat(depth(Architectures.of("resnet", SMALL.withDepth(14)))).isEqualTo(14);
        assertThat(depth(Architectures.of("vgg", SMALL.withDepth(5)))).isEqualTo(5);
        assertThat(depth(Architectures.of("densenet", SMALL.withDepth(10)))).isEqualTo(10);
    }

    @Test
    void shouldRepeatASingleWidth() {
        Architecture network =
                Architectures.of("mlp", SMALL.withWidths(List.of(9)).withDepth(4));
        assertThat(network).isEqualTo(new Mlp(List.of(9, 9, 9, 9), BatchNorm.ALL));
    }

    @Test
    void shouldTurnAnMlpResidual() {
        ArchitectureOptions options = SMALL.withWidths(List.of(9, 7)).withResidual(true);
        assertThat(Architectures.of("mlp", options)).isEqualTo(new ResidualMlp(List.of(9, 7), BatchNorm.ALL, true));
    }

    @Test
    void shouldExplainWhatIsImpossible() {
        assertThatThrownBy(() -> Architectures.of("resnext", SMALL))
                .isInstanceOf(UserException.class)
                .hasMessage("model resnext is unknown;"
                        + " use one of mlp, residual-mlp, deep-linear, vgg, resnet, densenet, ufm");
        assertThatThrownBy(() -> Architectures.of("resnet", SMALL.withDepth(9)))
                .isInstanceOf(UserException.class)
                .hasMessage("there is no resnet of depth 9; use 8, 14, 20, …");
        assertThatThrownBy(() -> Architectures.of("vgg", SMALL.withWidths(List.of(3))))
                .isInstanceOf(UserException.class)
                .hasMessage("widths [3] are not for vgg; scale its own with the width multiplier");
        assertThatThrownBy(() -> Architectures.of("vgg", SMALL).build(SampleShape.flat(64), CLASSES, training(0)))
                .isInstanceOf(UserException.class)
                .hasMessage("vgg takes images of at least 8 x 8 pixels, not samples of 1 x 64;"
                        + " use mlp or another data set");
        assertThatThrownBy(() -> Architectures.of("ufm", SMALL).build(GREY, CLASSES, training(0)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("takes the index of a sample, not samples of 784 values");
    }

    private static Architecture small(String name, ArchitectureOptions options) {
        return Architectures.of(
                name,
                switch (name) {
                    case "vgg" -> options.withDepth(5);
                    case "densenet" -> options.withDepth(7);
                    default -> options;
                });
    }

    private static Training training(double decay) {
        return new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.02, 0.9), Decay.coupled(decay), 7);
    }

    /** Noisy samples, each class of its own brightness, the more so in a third; for one column, the samples' indices. */
    private static Samples separable(SampleShape shape) {
        if (shape.length() == 1) {
            return new UnconstrainedFeatures(CLASSES, SAMPLES / CLASSES).load().train();
        }
        Random random = new Random(1);
        float[] features = new float[SAMPLES * shape.length()];
        int[] labels = new int[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            labels[i] = i % CLASSES;
            for (int j = 0; j < shape.length(); j++) {
                boolean own = j * CLASSES / shape.length() == labels[i];
                features[i * shape.length() + j] =
                        (float) (0.3 * random.nextGaussian() + 0.5 * (labels[i] - 1) + (own ? 0.5 : 0));
            }
        }
        return new Samples(features, labels, shape.length(), CLASSES);
    }

    private static long biases(Model network) {
        return Arrays.stream(Networks.layers(network))
                .filter(layer -> layer.paramTable().containsKey("b"))
                .count();
    }

    private static int norms(String name, BatchNorm norm, SampleShape shape) {
        Model network = small(name, SMALL.withNorm(norm)).build(shape, CLASSES, training(0));
        return (int) Arrays.stream(Networks.layers(network))
                .filter(layer -> layer.conf().getLayer() instanceof BatchNormalization)
                .count();
    }

    private static long depth(Architecture architecture) {
        return Arrays.stream(Networks.layers(architecture.build(GREY, CLASSES, training(0))))
                .filter(layer -> layer.paramTable().containsKey("W"))
                .filter(layer -> !Networks.name(layer).contains("shortcut"))
                .count();
    }
}
