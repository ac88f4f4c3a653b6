package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With features free to go anywhere, theory says where they go: to the simplex ETF. */
class UnconstrainedFeaturesTest {
    private static final int STEPS = 3000;

    @ParameterizedTest
    @CsvSource({"4, 8, CROSS_ENTROPY", "10, 16, CROSS_ENTROPY", "4, 8, MSE"})
    void shouldReachTheSimplexEtf(int classes, int dimension, TrainingLoss.Kind kind) {
        Dataset data = new UnconstrainedFeatures(classes, 8).load();
        int samples = data.train().size();
        // The mean over samples divides the gradient of a sample's features by N: a rate of the order of N makes up
        // for it, and decay of λ on 1/N of the loss is weak enough to leave the features more than zero.
        Training training = new Training(new TrainingLoss(kind, 0), new HeavyBall(0.5, 0.9), Decay.coupled(2e-3), 1);
        MultiLayerNetwork network =
                new UnconstrainedFeaturesModel(samples, dimension, false).build(data.shape(), classes, training);
        ShuffledBatches fullBatch = new ShuffledBatches(data.train(), samples, 1);
        network.fit(fullBatch, STEPS);

        double[][] features = network.getLayer(0).getParam("W").toDoubleMatrix();
        double[][] means = new double[classes][dimension];
        for (int i = 0; i < samples; i++) {
            for (int j = 0; j < dimension; j++) {
                means[data.train().labels()[i]][j] += features[i][j] * classes / samples;
            }
        }
        double[] centre = new double[dimension];
        for (double[] mean : means) {
            for (int j = 0; j < dimension; j++) {
                centre[j] += mean[j] / classes;
            }
        }
        double within = 0;
        for (int i = 0; i < samples; i++) {
            for (int j = 0; j < dimension; j++) {
                within += Math.pow(features[i][j] - means[data.train().labels()[i]][j], 2) / samples;
            }
        }
        double between = 0;
        for (double[] mean : means) {
            for (int j = 0; j < dimension; j++) {
                mean[j] -= centre[j];
                between += mean[j] * mean[j] / classes;
            }
        }
        assertThat(between).isGreaterThan(0.1);
        assertThat(within / between).isLessThan(1e-6);
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b < a; b++) {
                assertThat(cosine(means[a], means[b])).isCloseTo(-1.0 / (classes - 1), offset(1e-3));
            }
        }
    }

    private static double cosine(double[] a, double[] b) {
        return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }
}
