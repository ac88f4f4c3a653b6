package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.collapsemonitor.monitor.geometry.LayerContext.Signals;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.SlowStatistics;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.LayerKind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LowRankBoundTest {
    private static final double DECAY = 5e-3;

    private final TestData data = TestData.clusters64(1, new int[] {20, 30, 25}, 6, 0.4, 0, 1);

    @Test
    void agreesWithTheSlowComputation() {
        Sample sample = dense(TestData.randomWeights(2, 8, 6));
        double[][] signals = TestData.randomWeights(3, 75, 8);
        MetricValues metrics = compute(sample, signals, gradientNorm(sample, signals));
        assertThat(metrics.get(Metric.LOW_RANK_BOUND))
                .isCloseTo(SlowMetrics.lowRankBound(sample, signals), withinPercentage(1e-8));
        assertThat(metrics.notes()).doesNotContainKey(Metric.LOW_RANK_BOUND);
    }

    @Test
    void holdsOnTheWayToACriticalPointAndThere() {
        TinyNetwork network = new TinyNetwork(data, 8);
        double gradientNorm = Double.NaN;
        double bound = Double.NaN;
        for (int step = 0; step <= 20_000; step++) {
            double[][] signals = network.backpropagate();
            if (step % 2_000 == 0) {
                gradientNorm = network.gradientNorm();
                MetricValues metrics = compute(dense(network.hidden), signals, gradientNorm);
                bound = metrics.get(Metric.LOW_RANK_BOUND);
                assertThat(metrics.get(Metric.RANK_K_DISTANCE)).isPositive().isLessThanOrEqualTo(bound);
            }
            network.descend(0.2);
        }
        assertThat(gradientNorm).as("near a critical point").isLessThan(1e-4);
        assertThat(bound).isLessThan(10);
    }

    @Test
    void isTheProductOfTheVariationsWhereTheGradientVanishes() {
        Sample sample = Sample.of(new double[0][], new int[0], 1)
                .withWeights(new double[][] {{-1 / DECAY, 0}, {0, 0}}, new double[0], Layer.DENSE)
                .withDecay(DECAY, Coupling.COUPLED, false);
        MetricValues metrics = new MetricValues().set(Metric.TCV, 1);
        LowRank.computeBound(Engine.weights(sample), 2, 2, Signals.of(1, 2), metrics);
        assertThat(metrics.undefined())
                .containsEntry(Metric.LOW_RANK_BOUND, "the norm of the gradient was not published");
        LowRank.computeBound(withGradientNorm(sample, 1e-12, new long[0]), 2, 2, Signals.of(1, 2), metrics);
        assertThat(metrics.get(Metric.LOW_RANK_BOUND)).isCloseTo(1 / DECAY, withinPercentage(1e-9));
    }

    @Test
    void whatTheTheoremDoesNotSpeakOfHasAReason() {
        Sample sample = dense(TestData.randomWeights(2, 8, 6));
        Signals signals = Signals.of(1, 8);
        LayerWeights weights = withGradientNorm(sample, 1, new long[0]);
        assertThat(reason(weights, signals)).isNull();
        assertThat(reason(weights, LayerContext.NONE.signals())).isEqualTo("no back-propagated signals were published");
        assertThat(reason(weights, Signals.of(1, 7)))
                .isEqualTo("signals of 7 outputs and features of dimension 6 do not fit weights of 8 × 6");
        assertThat(reason(withGradientNorm(sample, 0, new long[0]), signals))
                .isEqualTo("the norm of the gradient was not published");
        assertThat(reason(withGradientNorm(sample.withDecay(0, Coupling.COUPLED, false), 1, new long[0]), signals))
                .isEqualTo("there is no weight decay");
        assertThat(reason(
                        withGradientNorm(sample.withDecay(DECAY, Coupling.DECOUPLED, false), 1, new long[0]), signals))
                .isEqualTo("the theorem is about coupled weight decay");
        assertThat(reason(withGradientNorm(sample.withDecay(DECAY, Coupling.UNKNOWN, false), 1, new long[0]), signals))
                .isEqualTo("the coupling of the weight decay was not declared");
        Sample convolution = sample.withWeights(sample.weights(), new double[0], Layer.CONVOLUTION);
        assertThat(Engine.weights(convolution).kind()).isEqualTo(LayerKind.CONVOLUTION);
        assertThat(reason(withGradientNorm(convolution, 1, new long[0]), signals))
                .isEqualTo("the theorem is about dense layers");
    }

    @Test
    void aSnapshotOfOtherSamplesThanWereDeclaredIsNoted() {
        MetricValues metrics = new MetricValues().set(Metric.TCV, 1);
        LayerWeights weights = withGradientNorm(dense(TestData.randomWeights(2, 8, 6)), 1, new long[] {40, 40, 40});
        LowRank.computeBound(weights, 6, 75, Signals.of(1, 8), metrics);
        assertThat(metrics.notes().get(Metric.LOW_RANK_BOUND))
                .isEqualTo("certain only if the gradient is that of the snapshot's 75 samples;"
                        + " 120 training samples were declared");
    }

    private static String reason(LayerWeights weights, Signals signals) {
        MetricValues metrics = new MetricValues().set(Metric.TCV, 1);
        LowRank.computeBound(weights, 6, 75, signals, metrics);
        return metrics.undefined().get(Metric.LOW_RANK_BOUND);
    }

    private Sample dense(double[][] weights) {
        return data.sample().withWeights(weights, new double[0], Layer.DENSE).withDecay(DECAY, Coupling.COUPLED, false);
    }

    private MetricValues compute(Sample sample, double[][] signals, double gradientNorm) {
        SlowStatistics slow = SlowStatistics.of(Sample.of(signals, data.labels(), 3));
        Signals given = Signals.of(slow.scatterTrace() / slow.total(), signals[0].length);
        try (LayerAccumulator accumulator = Engine.accumulate(sample, 20, AccumulatorLimits.DEFAULT)) {
            return LayerMetrics.of(
                            accumulator.statistics(),
                            withGradientNorm(sample, gradientNorm, new long[] {20, 30, 25}),
                            new LayerContext(new double[0], given))
                    .metrics();
        }
    }

    private static LayerWeights withGradientNorm(Sample sample, double norm, long[] counts) {
        LayerWeights weights = Engine.weights(sample);
        return new LayerWeights(
                weights.weights(),
                weights.bias(),
                weights.classifier(),
                weights.kind(),
                weights.weightDecay(),
                weights.coupling(),
                weights.biasDecayed(),
                weights.loss(),
                norm,
                counts);
    }

    private static double gradientNorm(Sample sample, double[][] signals) {
        double[][] gradient = gradient(sample.features(), sample.weights(), signals);
        return matrix(gradient).frobeniusNorm();
    }

    private static double[][] gradient(double[][] inputs, double[][] weights, double[][] signals) {
        double[][] gradient = new double[weights.length][weights[0].length];
        for (int a = 0; a < gradient.length; a++) {
            for (int b = 0; b < gradient[a].length; b++) {
                double sum = 0;
                for (int i = 0; i < inputs.length; i++) {
                    sum += signals[i][a] * inputs[i][b];
                }
                gradient[a][b] = sum / inputs.length + DECAY * weights[a][b];
            }
        }
        return gradient;
    }

    private static Matrix matrix(double[][] rows) {
        return Matrix.of(
                rows.length,
                rows[0].length,
                Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }

    /** x → tanh(Vx) → W·, squared error, both layers decayed: full gradient descent in float64. */
    private static final class TinyNetwork {
        private final TestData data;
        private final double[][] hidden;
        private final double[][] output;
        private double[][] hiddenGradient;
        private double[][] outputGradient;

        TinyNetwork(TestData data, int width) {
            this.data = data;
            hidden = scaled(TestData.randomWeights(11, width, data.features()[0].length));
            output = scaled(TestData.randomWeights(12, data.classes(), width));
        }

        private static double[][] scaled(double[][] rows) {
            for (double[] row : rows) {
                for (int j = 0; j < row.length; j++) {
                    row[j] *= 0.5;
                }
            }
            return rows;
        }

        /** The signals of the hidden layer; keeps the gradients. */
        double[][] backpropagate() {
            int n = data.features().length;
            double[][] activations = new double[n][hidden.length];
            double[][] errors = new double[n][output.length];
            double[][] signals = new double[n][hidden.length];
            for (int i = 0; i < n; i++) {
                for (int a = 0; a < hidden.length; a++) {
                    activations[i][a] = Math.tanh(dot(hidden[a], data.features()[i]));
                }
                for (int k = 0; k < output.length; k++) {
                    errors[i][k] = dot(output[k], activations[i]) - (data.labels()[i] == k ? 1 : 0);
                }
                for (int a = 0; a < hidden.length; a++) {
                    double sum = 0;
                    for (int k = 0; k < output.length; k++) {
                        sum += errors[i][k] * output[k][a];
                    }
                    signals[i][a] = sum * (1 - activations[i][a] * activations[i][a]);
                }
            }
            hiddenGradient = gradient(data.features(), hidden, signals);
            outputGradient = gradient(activations, output, errors);
            return signals;
        }

        double gradientNorm() {
            return matrix(hiddenGradient).frobeniusNorm();
        }

        void descend(double rate) {
            step(hidden, hiddenGradient, rate);
            step(output, outputGradient, rate);
        }

        private static void step(double[][] weights, double[][] gradient, double rate) {
            for (int a = 0; a < weights.length; a++) {
                for (int b = 0; b < weights[a].length; b++) {
                    weights[a][b] -= rate * gradient[a][b];
                }
            }
        }

        private static double dot(double[] a, double[] b) {
            double sum = 0;
            for (int j = 0; j < a.length; j++) {
                sum += a[j] * b[j];
            }
            return sum;
        }
    }
}
