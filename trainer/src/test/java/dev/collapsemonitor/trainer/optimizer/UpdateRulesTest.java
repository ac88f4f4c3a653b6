package dev.collapsemonitor.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** Each rule against update steps written by hand, on softmax regression: 3 inputs, 4 classes, 5 samples. */
class UpdateRulesTest {
    private static final int INPUTS = 3;
    private static final int CLASSES = 4;
    private static final int STEPS = 6;
    private static final double[][] X = {
        {0.5, -1.0, 0.25}, {1.5, 0.5, -0.75}, {-0.5, 2.0, 1.0}, {0.25, 0.75, -1.25}, {-1.0, -0.5, 0.5}
    };
    private static final int[] Y = {0, 1, 2, 3, 1};

    @Test
    void shouldStepAsHeavyBallWithCoupledDecay() {
        StepSchedule schedule = new StepSchedule(0.1, 0.1, new double[] {0.5}, STEPS);
        ByHand expected = new ByHand(network(new HeavyBall(schedule, 0.9), Decay.coupled(0.05)));
        for (int t = 0; t < STEPS; t++) {
            double rate = t < 3 ? 0.1 : 0.01;
            expected.heavyBallStep(rate, 0.9, 0.05, true);
        }
        assertSame(train(new HeavyBall(schedule, 0.9), Decay.coupled(0.05)), expected);
    }

    @Test
    void shouldStepAsHeavyBallWithDecoupledDecay() {
        ByHand expected = new ByHand(network(new HeavyBall(0.1, 0.9), Decay.decoupled(0.05)));
        for (int t = 0; t < STEPS; t++) {
            expected.heavyBallStep(0.1, 0.9, 0.05, false);
        }
        assertSame(train(new HeavyBall(0.1, 0.9), Decay.decoupled(0.05)), expected);
    }

    @Test
    void shouldStepAsAdamWithDecoupledDecay() {
        ByHand expected = new ByHand(network(adam(), Decay.decoupled(0.5)));
        for (int t = 0; t < STEPS; t++) {
            expected.adamStep(t + 1, 0.01, 0.5);
        }
        assertSame(train(adam(), Decay.decoupled(0.5)), expected);
    }

    @Test
    void shouldSurviveTheConfigurationsJson() {
        StepSchedule schedule = new StepSchedule(0.1, 0.1, new double[] {0.5}, STEPS);
        MultiLayerConfiguration written =
                network(new HeavyBall(schedule, 0.9), Decay.coupled(0.05)).getLayerWiseConfigurations();
        MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(written.toJson());
        assertThat(read.toJson()).isEqualTo(written.toJson());
        assertThat(read.getConf(0).getLayer()).isEqualTo(written.getConf(0).getLayer());
    }

    @Test
    void shouldStepTheRateAtRoundedFractions() {
        StepSchedule schedule = new StepSchedule(1, 0.1, new double[] {1.0 / 3, 2.0 / 3}, 300);
        assertThat(schedule.valueAt(99, 0)).isEqualTo(1);
        assertThat(schedule.valueAt(100, 0)).isEqualTo(0.1);
        assertThat(schedule.valueAt(200, 0)).isCloseTo(0.01, offset(1e-12));
    }

    private static Adam adam() {
        return Adam.builder()
                .learningRate(0.01)
                .beta1(0.9)
                .beta2(0.999)
                .epsilon(1e-8)
                .build();
    }

    private static MultiLayerNetwork network(IUpdater updater, Decay decay) {
        return new Mlp(List.of(), BatchNorm.NONE)
                .build(SampleShape.flat(INPUTS), CLASSES, new Training(TrainingLoss.CROSS_ENTROPY, updater, decay, 7));
    }

    private static MultiLayerNetwork train(IUpdater updater, Decay decay) {
        MultiLayerNetwork network = network(updater, decay);
        double[][] oneHot = new double[Y.length][CLASSES];
        for (int i = 0; i < Y.length; i++) {
            oneHot[i][Y[i]] = 1;
        }
        DataSet batch = new DataSet(
                Nd4j.create(X).castTo(DataType.FLOAT), Nd4j.create(oneHot).castTo(DataType.FLOAT));
        for (int t = 0; t < STEPS; t++) {
            network.fit(batch);
        }
        return network;
    }

    private static void assertSame(MultiLayerNetwork trained, ByHand expected) {
        double[][] weights = trained.getLayer(0).getParam("W").toDoubleMatrix();
        double[] bias = trained.getLayer(0).getParam("b").toDoubleVector();
        for (int k = 0; k < CLASSES; k++) {
            assertThat(bias[k]).isCloseTo(expected.w[INPUTS][k], offset(1e-6));
            for (int j = 0; j < INPUTS; j++) {
                assertThat(weights[j][k]).isCloseTo(expected.w[j][k], offset(1e-6));
            }
        }
    }

    /** Float64 weights (in x out) with the bias as the last row, which no decay touches. */
    private static final class ByHand {
        private final double[][] w = new double[INPUTS + 1][CLASSES];
        private final double[][] first = new double[INPUTS + 1][CLASSES];
        private final double[][] second = new double[INPUTS + 1][CLASSES];

        ByHand(MultiLayerNetwork initial) {
            double[][] weights = initial.getLayer(0).getParam("W").toDoubleMatrix();
            for (int j = 0; j < INPUTS; j++) {
                w[j] = weights[j].clone();
            }
        }

        void heavyBallStep(double rate, double momentum, double lambda, boolean coupled) {
            double[][] gradient = gradient();
            forEach((j, k) -> {
                double decay = j < INPUTS ? lambda * w[j][k] : 0;
                first[j][k] = momentum * first[j][k] + gradient[j][k] + (coupled ? decay : 0);
                w[j][k] -= rate * first[j][k] + (coupled ? 0 : rate * decay);
            });
        }

        void adamStep(int t, double rate, double lambda) {
            double[][] gradient = gradient();
            forEach((j, k) -> {
                double g = gradient[j][k];
                first[j][k] = 0.9 * first[j][k] + 0.1 * g;
                second[j][k] = 0.999 * second[j][k] + 0.001 * g * g;
                double mean = first[j][k] / (1 - Math.pow(0.9, t));
                double square = second[j][k] / (1 - Math.pow(0.999, t));
                double decay = j < INPUTS ? lambda * w[j][k] : 0;
                w[j][k] -= rate * mean / (Math.sqrt(square) + 1e-8) + rate * decay;
            });
        }

        /** Of the mean cross-entropy. */
        private double[][] gradient() {
            double[][] gradient = new double[INPUTS + 1][CLASSES];
            for (int i = 0; i < X.length; i++) {
                double[] p = new double[CLASSES];
                double sum = 0;
                for (int k = 0; k < CLASSES; k++) {
                    double logit = w[INPUTS][k];
                    for (int j = 0; j < INPUTS; j++) {
                        logit += X[i][j] * w[j][k];
                    }
                    p[k] = Math.exp(logit);
                    sum += p[k];
                }
                for (int k = 0; k < CLASSES; k++) {
                    double error = (p[k] / sum - (Y[i] == k ? 1 : 0)) / X.length;
                    for (int j = 0; j <= INPUTS; j++) {
                        gradient[j][k] += error * (j < INPUTS ? X[i][j] : 1);
                    }
                }
            }
            return gradient;
        }

        private static void forEach(Visitor visitor) {
            for (int j = 0; j <= INPUTS; j++) {
                for (int k = 0; k < CLASSES; k++) {
                    visitor.visit(j, k);
                }
            }
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(int j, int k);
    }
}
