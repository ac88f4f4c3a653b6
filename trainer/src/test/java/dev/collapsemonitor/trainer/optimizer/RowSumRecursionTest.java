package dev.collapsemonitor.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.model.Architecture;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What SGD on cross-entropy does to m = Wᵀ1, the row-sum of the classifier, follows from learning rate, momentum and
 * decay alone, whatever the data (arXiv 2602.16642): the closed form behind the forecast of NC0.
 */
class RowSumRecursionTest {
    private static final int CLASSES = 4;
    private static final int DIMENSION = 6;
    private static final int SAMPLES = 40;
    private static final int BATCH = 10;
    private static final int EPOCHS = 100;
    private static final int STEPS = EPOCHS * SAMPLES / BATCH;
    private static final double RATE = 0.05;
    private static final double LAMBDA = 0.05;
    // Relative to the Frobenius norm of W: below it, float32 round-off is what is left.
    private static final double FLOOR = 1e-4;

    @ParameterizedTest
    @CsvSource({
        "sgd, 0, 1, 0",
        "sgd, 0.5, 1, 0",
        "sgd, 0.9, 1, 0",
        "sgd, 0.9, 1, 0.1",
        "nesterov, 0.9, 1, 0",
        "sgd, 0.9, 0, 0",
        "nesterov, 0.9, 0, 0",
        "sgd, 0.9, 0.4, 0"
    })
    void shouldFollowTheClosedForm(String name, double momentum, double coupledShare, double smoothing) {
        UpdateRule rule = new UpdateRule(name, RATE, momentum, ScheduleOptions.step(List.of(0.5)));
        Training training =
                new Training(TrainingLoss.smoothed(smoothing), rule.updater(STEPS), new Decay(LAMBDA, coupledShare), 5);
        MultiLayerNetwork network =
                new Mlp(List.of(DIMENSION), BatchNorm.NONE).build(SampleShape.flat(DIMENSION), CLASSES, training);
        ShuffledBatches batches = new ShuffledBatches(noise(), BATCH, 1);

        double[] expected = rowSum(network);
        double[] buffer = new double[DIMENSION];
        int compared = 0;
        for (int t = 0; t < STEPS; t++) {
            if (!batches.hasNext()) {
                batches.reset();
            }
            network.fit(batches.next());
            advance(name, expected, buffer, t < STEPS / 2 ? RATE : RATE / 10, momentum, coupledShare);
            if (norm(expected) > FLOOR * frobenius(network)) {
                assertThat(norm(rowSum(network))).as("after step " + t).isCloseTo(norm(expected), withPercentage(1));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(STEPS / 2);
        assertThat(norm(expected)).isLessThan(0.7 * norm(rowSum(fresh(training))));
    }

    private static void advance(
            String name, double[] m, double[] buffer, double rate, double momentum, double coupledShare) {
        for (int j = 0; j < m.length; j++) {
            double gradient = LAMBDA * coupledShare * m[j];
            double decoupled = rate * LAMBDA * (1 - coupledShare) * m[j];
            if (name.equals("nesterov")) {
                double before = buffer[j];
                buffer[j] = momentum * before - rate * gradient;
                m[j] += -momentum * before + (1 + momentum) * buffer[j] - decoupled;
            } else {
                buffer[j] = momentum * buffer[j] + gradient;
                m[j] -= rate * buffer[j] + decoupled;
            }
        }
    }

    private static MultiLayerNetwork fresh(Training training) {
        return new Mlp(List.of(DIMENSION), BatchNorm.NONE).build(SampleShape.flat(DIMENSION), CLASSES, training);
    }

    private static double[] rowSum(MultiLayerNetwork network) {
        double[][] weights =
                network.getLayer(Architecture.CLASSIFIER).getParam("W").toDoubleMatrix();
        double[] sums = new double[weights.length];
        for (int j = 0; j < sums.length; j++) {
            for (double weight : weights[j]) {
                sums[j] += weight;
            }
        }
        return sums;
    }

    private static double frobenius(MultiLayerNetwork network) {
        return network.getLayer(Architecture.CLASSIFIER)
                .getParam("W")
                .norm2Number()
                .doubleValue();
    }

    private static double norm(double[] vector) {
        double sum = 0;
        for (double value : vector) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    private static Samples noise() {
        Random random = new Random(4);
        float[] features = new float[SAMPLES * DIMENSION];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        return new Samples(features, random.ints(SAMPLES, 0, CLASSES).toArray(), DIMENSION, CLASSES);
    }
}
