package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.ScheduleOptions;
import dev.collapsemonitor.trainer.optimizer.UpdateRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** A network that was saved and restored goes on as if nothing had happened, to the last bit. */
class ResumeTest {
    private static final SampleShape SHAPE = new SampleShape(1, 8, 8);
    private static final int CLASSES = 3;
    private static final int STEPS = 4;

    @TempDir
    Path directory;

    static Stream<Arguments> networks() {
        List<Architecture> networks = List.of(
                new Mlp(List.of(9, 7), BatchNorm.ALL),
                new ResidualMlp(List.of(9, 9), BatchNorm.LAST, true),
                new DeepLinear(List.of(9), false),
                new Vgg(1, 3, BatchNorm.NONE, true),
                new ResNet(1, 3, BatchNorm.ALL, true),
                new DenseNet(1, 3, BatchNorm.LAST, true));
        return Stream.concat(
                networks.stream().map(network -> Arguments.of(network, "adam")),
                Stream.of(networks.get(0), networks.get(4))
                        .flatMap(network -> Stream.of("sgd", "nesterov", "amsgrad", "signum")
                                .map(rule -> Arguments.of(network, rule))));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shouldGoOnBitExactly(Architecture architecture, String rule) throws IOException {
        UpdateRule update = new UpdateRule(
                rule, 0.01, 0.9, ScheduleOptions.step(List.of(0.75)).warmUp(2));
        Training training =
                new Training(TrainingLoss.smoothed(0.1), update.updater(2 * STEPS), new Decay(0.01, 0.3), 3);
        Model uninterrupted = architecture.build(SHAPE, CLASSES, training);
        Model interrupted = architecture.build(SHAPE, CLASSES, training);
        steps(uninterrupted, 0, 2 * STEPS);

        steps(interrupted, 0, STEPS);
        Path file = directory.resolve("network.zip");
        ModelSerializer.writeModel(interrupted, file.toFile(), true);
        Model restored = interrupted instanceof MultiLayerNetwork
                ? ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true)
                : ModelSerializer.restoreComputationGraph(file.toFile(), true);
        assertThat(configuration(restored)).isEqualTo(configuration(interrupted));
        steps(restored, STEPS, 2 * STEPS);

        assertThat(restored.params().equalsWithEps(uninterrupted.params(), 0)).isTrue();
        assertThat(Networks.loss(restored, samples())).isEqualTo(Networks.loss(uninterrupted, samples()));
    }

    private static Object configuration(Model network) {
        return network instanceof MultiLayerNetwork layered
                ? layered.getLayerWiseConfigurations().toJson()
                : ((ComputationGraph) network).getConfiguration().toJson();
    }

    private static void steps(Model network, int from, int to) {
        Samples samples = samples();
        for (int step = from; step < to; step++) {
            float[] rows = new float[4 * samples.dimension()];
            System.arraycopy(samples.features(), step * rows.length, rows, 0, rows.length);
            INDArray labels = Nd4j.zeros(4, CLASSES);
            for (int i = 0; i < 4; i++) {
                labels.putScalar(i, samples.labels()[4 * step + i], 1);
            }
            DataSet batch = new DataSet(Nd4j.createFromArray(rows).reshape('c', 4, samples.dimension()), labels);
            if (network instanceof MultiLayerNetwork layered) {
                layered.fit(batch);
            } else {
                ((ComputationGraph) network).fit(batch);
            }
        }
    }

    private static Samples samples() {
        Random random = new Random(2);
        int count = 4 * 2 * STEPS;
        float[] features = new float[count * SHAPE.length()];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        int[] labels = random.ints(count, 0, CLASSES).toArray();
        return new Samples(features, labels, SHAPE.length(), CLASSES);
    }
}
