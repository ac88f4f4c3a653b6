package dev.collapsemonitor.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

class StrokesTest {
    private static final int SAMPLES = 1_000;

    @Test
    void shouldDrawTheSameImagesForTheSameSeed() {
        Dataset first = new Strokes(200, 50, 3).load();
        Dataset second = new Strokes(200, 50, 3).load();
        assertThat(first.train().features()).isEqualTo(second.train().features());
        assertThat(first.test().features()).isEqualTo(second.test().features());
        assertThat(first.train().features())
                .isNotEqualTo(new Strokes(200, 50, 4).load().train().features());
    }

    @Test
    void shouldHaveTenBalancedClasses() {
        Dataset dataset = new Strokes(200, 50, 3).load();
        assertThat(dataset.classNames()).hasSize(10).doesNotHaveDuplicates();
        assertThat(dataset.train().classCounts()).containsOnly(20);
        assertThat(dataset.test().classCounts()).containsOnly(5);
    }

    @Test
    void shouldBeTooHardForALinearModelToGeneralise() {
        Dataset dataset = new Strokes(3_000, 1_000, 1).load();
        MultiLayerNetwork linear = train(dataset.train(), List.of(), 20);
        assertThat(error(linear, dataset.train())).isGreaterThan(0.2);
        assertThat(error(linear, dataset.test())).isGreaterThan(0.4);
    }

    @Test
    void shouldBeFittedWithoutErrorByASmallNetwork() {
        Samples train = new Strokes(SAMPLES, 10, 1).load().train();
        assertThat(error(train(train, List.of(128, 64), 40), train)).isZero();
    }

    private static MultiLayerNetwork train(Samples samples, List<Integer> widths, int epochs) {
        MultiLayerNetwork network = new Mlp(widths, BatchNorm.ALL)
                .build(
                        SampleShape.flat(samples.dimension()),
                        samples.classes(),
                        new Training(TrainingLoss.CROSS_ENTROPY, new Adam(2e-3), Decay.NONE, 1));
        network.fit(new ShuffledBatches(samples, 100, 1), epochs);
        return network;
    }

    private static double error(MultiLayerNetwork network, Samples samples) {
        int[] predicted = network.output(
                        Nd4j.createFromArray(samples.features()).reshape('c', samples.size(), samples.dimension()),
                        false)
                .argMax(1)
                .toIntVector();
        int wrong = 0;
        for (int i = 0; i < predicted.length; i++) {
            wrong += predicted[i] == samples.labels()[i] ? 0 : 1;
        }
        return (double) wrong / predicted.length;
    }
}
