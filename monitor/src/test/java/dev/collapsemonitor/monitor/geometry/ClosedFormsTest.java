package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** The engine where the answer is known on paper. */
class ClosedFormsTest {
    private static final double[] NO_BIAS = {};

    @Property(tries = 30)
    void exactSimplexEtf(
            @ForAll @IntRange(min = 3, max = 12) int k,
            @ForAll @IntRange(max = 5) int extra,
            @ForAll @IntRange(min = -20, max = 20) int exponent) {
        TestData data = TestData.exactEtf(k, k + extra, 4, Math.scalb(1.0, exponent));
        Sample sample = data.sample().withWeights(times(data.centres(), 3), NO_BIAS, Layer.CLASSIFIER);
        MetricValues metrics = Engine.compute(sample, 7);
        assertThat(metrics.get(Metric.NC1)).isZero();
        assertThat(metrics.get(Metric.CDNV)).isZero();
        assertThat(metrics.get(Metric.VCI)).isZero();
        assertThat(metrics.get(Metric.TCV)).isZero();
        assertThat(metrics.get(Metric.CLASS_MEAN_RANK)).isEqualTo(k - 1);
        assertEtf(metrics, 1e-14);
        assertThat(metrics.get(Metric.NC3)).isLessThan(1e-14);
        assertThat(metrics.get(Metric.NC3_ETF)).isLessThan(1e-14);
        assertThat(metrics.get(Metric.NC0)).isZero();
        assertThat(metrics.get(Metric.NC3_FLOOR)).isZero();
        assertThat(metrics.get(Metric.INTRA_CLASS_COSINE)).isCloseTo(1, within(1e-14));
        assertThat(metrics.get(Metric.INTRA_CLASS_COSINE_MIN)).isCloseTo(1, within(1e-14));
        assertThat(metrics.get(Metric.INTER_CLASS_COSINE)).isCloseTo(-1.0 / (k - 1), within(1e-14));
        assertThat(metrics.get(Metric.INTER_CLASS_COSINE_MAX)).isCloseTo(-1.0 / (k - 1), within(1e-14));
        assertThat(metrics.get(Metric.NC4)).isZero();
        assertThat(metrics.get(Metric.ERROR_RATE)).isZero();
    }

    /** Σ_W = (a²/d)·I around centres with M_cM_cᵀ = K²(I − 11ᵀ/K): every value follows from K, d and a. */
    @Property(tries = 30)
    void plantedWithinClassNoise(
            @ForAll @IntRange(min = 2, max = 8) int k,
            @ForAll @IntRange(max = 6) int extra,
            @ForAll @IntRange(min = -18, max = 1) int exponent) {
        int d = k + extra;
        double a = Math.scalb(1.0, exponent);
        MetricValues metrics = Engine.compute(TestData.plantedNoise(k, d, a).sample(), 37);
        double tolerance = 1e-12;
        assertRelative(metrics.get(Metric.TCV), a * a, tolerance);
        assertRelative(metrics.get(Metric.NC1), (k - 1.0) * a * a / (d * (double) k * k), tolerance);
        assertRelative(metrics.get(Metric.NC1_QUOTIENT), a * a / (k * (k - 1.0)), tolerance);
        assertRelative(metrics.get(Metric.CDNV), a * a / (2.0 * k * k), tolerance);
        assertRelative(metrics.get(Metric.TCV_RELATIVE), a * a / (a * a + k * (k - 1.0)), tolerance);
        double omega = k * Math.sqrt(d) / a;
        assertRelative(metrics.get(Metric.SNR_MAX), omega, tolerance);
        assertRelative(metrics.get(Metric.SNR_MIN), omega, tolerance);
        assertRelative(metrics.get(Metric.VCI), k / (k + omega * omega), tolerance);
        assertThat(metrics.get(Metric.SNR_DROPPED_DIMS)).isZero();
        assertEtfMeans(metrics, 1e-13);
    }

    @Property(tries = 20)
    void orthogonalFrame(
            @ForAll @IntRange(min = 2, max = 12) int k, @ForAll @DoubleRange(min = 0.01, max = 1000) double c) {
        double[][] weights = times(TestData.randomOrthogonal(k, k + 3), c);
        weights = Arrays.copyOf(weights, k);
        MetricValues metrics = ofWeights(weights, k);
        double cosine = Math.sqrt((k - 1.0) / k); // of the identity with E*
        assertThat(metrics.get(Metric.NC2_ETF_WEIGHTS)).isCloseTo(Math.sqrt(2 - 2 * cosine), within(1e-13));
        assertThat(metrics.get(Metric.NC2_EQUINORM_WEIGHTS)).isLessThan(1e-13);
        assertThat(metrics.get(Metric.NC2_EQUIANGULAR_WEIGHTS)).isLessThan(1e-13);
        assertThat(metrics.get(Metric.NC2_MAX_ANGLE_WEIGHTS)).isCloseTo(1.0 / (k - 1), within(1e-13));
        assertRelative(metrics.get(Metric.NC0), c * c, 1e-12);
        assertRelative(metrics.get(Metric.NC0_NORM), c * Math.sqrt(k), 1e-12);
        assertRelative(metrics.get(Metric.NC0_RELATIVE), 1.0 / k, 1e-12);
        assertRelative(metrics.get(Metric.STABLE_RANK), k, 1e-12);
        assertRelative(metrics.get(Metric.EFFECTIVE_RANK), k, 1e-12);
        assertRelative(metrics.get(Metric.RANK_K_MINUS_1_DISTANCE), c, 1e-10);
    }

    @Example
    void knownSpectrum() {
        double[] s = {8, 4, 2, 1, 0.5, 4e-3, 2e-4};
        MetricValues metrics = ofWeights(TestData.withSpectrum(1, 40, 30, s), 3);
        double squares = Arrays.stream(s).map(x -> x * x).sum();
        double sum = Arrays.stream(s).sum();
        assertRelative(metrics.get(Metric.SPECTRAL_NORM), 8, 1e-12);
        assertRelative(metrics.get(Metric.FROBENIUS_NORM), Math.sqrt(squares), 1e-12);
        assertRelative(metrics.get(Metric.STABLE_RANK), squares / 64, 1e-12);
        double entropy = Arrays.stream(s).map(x -> -x / sum * Math.log(x / sum)).sum();
        assertRelative(metrics.get(Metric.EFFECTIVE_RANK), Math.exp(entropy), 1e-5); // 23 zeros at 1e-8 each
        assertThat(metrics.get(Metric.NUMERICAL_RANK)).isEqualTo(5); // 4e-3 is below 8e-3
        assertThat(metrics.get(Metric.ROUNDOFF_RANK)).isEqualTo(7); // 40 · 2⁻²³ · 8 = 3.8e-5
        assertThat(metrics.get(Metric.ENERGY_RANK_99)).isEqualTo(4); // 85 of 85.25; 84 is 98.5 %
        double distance = Math.sqrt(1 + 0.25 + 1.6e-5 + 4e-8);
        assertRelative(metrics.get(Metric.RANK_K_DISTANCE), distance, 1e-12);
        assertRelative(metrics.get(Metric.RANK_K_DISTANCE_RELATIVE), distance / Math.sqrt(squares), 1e-12);
        assertRelative(metrics.get(Metric.RANK_K_MINUS_1_DISTANCE), Math.sqrt(4 + distance * distance), 1e-12);
    }

    @Example
    void aTailFarBelowTheRoundOffOfSquares() {
        for (double tail : new double[] {1e-6, 1e-8, 1e-9, 1e-10}) {
            double[] s = {5, 3, 1, 5 * tail, 3 * tail};
            for (int rows : new int[] {24, 60}) {
                MetricValues metrics = ofWeights(TestData.withSpectrum(2, rows, 40, s), 3);
                assertRelative(metrics.get(Metric.RANK_K_DISTANCE), Math.sqrt(34) * tail, 1e-5);
                assertRelative(metrics.get(Metric.RANK_K_DISTANCE_RELATIVE), Math.sqrt(34.0 / 35) * tail, 1e-5);
            }
        }
    }

    /** The global minimiser of unconstrained features: H and W the same rotated ETF, each with its own scale. */
    @Property(tries = 20)
    void unconstrainedFeaturesMinimiser(
            @ForAll @IntRange(min = 3, max = 10) int k,
            @ForAll @IntRange(max = 1000) int seed,
            @ForAll @DoubleRange(min = 0.01, max = 100) double c) {
        TestData data = TestData.exactEtf(k, k + 2, 5, 1).rotated(seed);
        MetricValues metrics =
                Engine.compute(data.sample().withWeights(times(data.centres(), c), NO_BIAS, Layer.CLASSIFIER), 16);
        assertThat(metrics.get(Metric.NC1)).isLessThan(1e-28);
        assertEtf(metrics, 1e-13);
        assertThat(metrics.get(Metric.NC3)).isLessThan(1e-13);
        assertThat(metrics.get(Metric.NC3_ETF)).isLessThan(1e-13);
        assertThat(metrics.get(Metric.NC0_RELATIVE)).isLessThan(1e-28);
        assertThat(metrics.get(Metric.NC4)).isZero();
    }

    @Property(tries = 60)
    void partsOfTheMseLossAddUpToIt(
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll boolean imbalanced,
            @ForAll boolean bias,
            @ForAll boolean biasDecayed,
            @ForAll Coupling coupling,
            @ForAll @DoubleRange(min = 0, max = 0.1) double decay) {
        int[] counts = imbalanced ? new int[] {120, 40, 12, 4} : new int[] {40, 40, 40, 40};
        TestData data = TestData.clusters64(seed, counts, 9, 0.7, seed % 3, 1);
        Sample sample = data.sample()
                .withWeights(
                        data.alignedWeights(seed + 1, 0.5),
                        bias ? data.randomBias(seed + 2) : NO_BIAS,
                        Layer.CLASSIFIER)
                .withDecay(decay, coupling, biasDecayed)
                .withLoss(Loss.MSE);
        MetricValues metrics = Engine.compute(sample, 50);
        double parts = metrics.get(Metric.MSE_LOSS_NC1)
                + metrics.get(Metric.MSE_LOSS_NC23)
                + metrics.get(Metric.MSE_LOSS_PERP);
        assertRelative(parts, directLoss(sample), 1e-12);
        assertThat(metrics.get(Metric.MSE_LOSS_PERP)).isGreaterThanOrEqualTo(0);
    }

    @Property(tries = 200)
    void lowerBoundsHoldForAnyClassifier(
            @ForAll @IntRange(max = 1_000_000) int seed,
            @ForAll @IntRange(min = 2, max = 9) int k,
            @ForAll @IntRange(min = 1, max = 9) int d,
            @ForAll @DoubleRange(min = 0, max = 1) double noise,
            @ForAll @DoubleRange(min = -1, max = 1) double common) {
        TestData data = TestData.clusters(seed, k, d, 3, 0.2, 0, 1);
        double[][] weights = data.alignedWeights(seed + 1, noise);
        double[] shift = new Random(seed).doubles(d, -1, 1).toArray();
        for (double[] row : weights) {
            for (int j = 0; j < d; j++) {
                row[j] += common * shift[j];
            }
        }
        MetricValues metrics = Engine.compute(data.sample().withWeights(weights, NO_BIAS, Layer.CLASSIFIER), 10);
        assertThat(metrics.get(Metric.NC3)).isGreaterThanOrEqualTo(metrics.get(Metric.NC3_FLOOR) - 1e-14);
        double[][] gram = new double[k][k];
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                for (int c = 0; c < d; c++) {
                    gram[i][j] += weights[i][c] * weights[j][c];
                }
                sum += gram[i][j];
                squares += gram[i][j] * gram[i][j];
            }
        }
        assertThat(metrics.get(Metric.NC2_ETF_WEIGHTS)).isGreaterThanOrEqualTo(sum / (k * Math.sqrt(squares)) - 1e-14);
    }

    /** The floor is reached: W = M_c plus the same vector in every row, orthogonal to the means. */
    @Example
    void theNc3FloorIsReached() {
        for (double shift : new double[] {1e-6, 0.1, 1, 30}) {
            TestData data = TestData.exactEtf(4, 5, 3, 1);
            double[][] weights = times(data.centres(), 1);
            for (double[] row : weights) {
                row[4] = shift; // no mean has this coordinate
            }
            MetricValues metrics = Engine.compute(data.sample().withWeights(weights, NO_BIAS, Layer.CLASSIFIER), 5);
            assertRelative(metrics.get(Metric.NC3), metrics.get(Metric.NC3_FLOOR), 1e-9);
        }
    }

    private static double directLoss(Sample sample) {
        double[][] w = sample.weights();
        double[] b = sample.bias();
        double loss = 0;
        for (int i = 0; i < sample.labels().length; i++) {
            for (int k = 0; k < w.length; k++) {
                double error = (b.length == 0 ? 0 : b[k]) - (sample.labels()[i] == k ? 1 : 0);
                for (int j = 0; j < w[k].length; j++) {
                    error += w[k][j] * sample.features()[i][j];
                }
                loss += error * error / (2.0 * sample.labels().length);
            }
        }
        double penalty = 0;
        for (double[] row : w) {
            penalty += Arrays.stream(row).map(x -> x * x).sum();
        }
        if (sample.biasDecayed()) {
            penalty += Arrays.stream(b).map(x -> x * x).sum();
        }
        return loss + (sample.coupling() == Coupling.COUPLED ? sample.weightDecay() / 2 * penalty : 0);
    }

    private static void assertEtf(MetricValues metrics, double tolerance) {
        assertEtfMeans(metrics, tolerance);
        assertThat(metrics.get(Metric.NC2_EQUINORM_WEIGHTS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_EQUIANGULAR_WEIGHTS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_MAX_ANGLE_WEIGHTS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_ETF_WEIGHTS)).isLessThan(tolerance);
    }

    private static void assertEtfMeans(MetricValues metrics, double tolerance) {
        assertThat(metrics.get(Metric.NC2_EQUINORM_MEANS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_EQUIANGULAR_MEANS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_MAX_ANGLE_MEANS)).isLessThan(tolerance);
        assertThat(metrics.get(Metric.NC2_ETF_MEANS)).isLessThan(tolerance);
    }

    private static void assertRelative(double actual, double expected, double tolerance) {
        assertThat(actual).isCloseTo(expected, within(tolerance * Math.abs(expected)));
    }

    private static MetricValues ofWeights(double[][] weights, int classes) {
        Layer layer = weights.length == classes ? Layer.CLASSIFIER : Layer.DENSE;
        Sample sample = Sample.ofWeights(weights, NO_BIAS, classes, layer);
        return LayerMetrics.ofWeights(Engine.weights(sample), classes).metrics();
    }

    private static double[][] times(double[][] x, double factor) {
        return Arrays.stream(x)
                .map(row -> Arrays.stream(row).map(v -> v * factor).toArray())
                .toArray(double[][]::new);
    }
}
