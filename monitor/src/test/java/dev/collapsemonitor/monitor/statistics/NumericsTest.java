package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.SlowStatistics;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where floating point hurts: features far from the origin, tiny spreads, huge and tiny scales, endless merging. */
class NumericsTest {

    @ParameterizedTest(name = "offset {0}, spread {1}")
    @CsvSource({"1e8, 0.3", "1e8, 1e-3", "1e4, 1e-5", "1, 1e-7"})
    void float64FeaturesFarFromTheOrigin(double offset, double spread) {
        TestData data = TestData.clusters64(1, new int[] {40, 50, 60}, 10, spread, offset, 1);
        assertAgrees(data, true, AccumulatorLimits.DEFAULT, 1e-7);
    }

    @ParameterizedTest(name = "offset {0}, spread {1}")
    @CsvSource({"1e4, 0.3", "100, 1e-3", "1, 1e-5"})
    void float32FeaturesFarFromTheOrigin(double offset, double spread) {
        TestData data = TestData.clusters(2, new int[] {40, 50, 60}, 10, spread, offset, 1);
        assertAgrees(data, false, AccumulatorLimits.DEFAULT, 1e-6);
        assertAgrees(data, false, Feed.SINGLE, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e25})
    void float64FeaturesOfAnyScale(double scale) {
        TestData data = TestData.clusters64(3, new int[] {40, 50, 60}, 10, 0.3, 1, scale);
        assertAgrees(data, true, AccumulatorLimits.DEFAULT, 1e-9);
    }

    /** Squares overflow in float32 from 1.8e19 on and lose digits below 1e-19. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-30, 1e-25, 1e-22, 1e-20, 1e-19, 1e-18, 1e-15, 1e15, 1e17, 1e18, 1e19, 1e20, 1e25, 1e30})
    void float32FeaturesWhoseSquaresFloat32CannotHold(double scale) {
        TestData data = TestData.clusters(4, new int[] {40, 50, 60}, 10, 0.3, 1, scale);
        assertAgrees(data, false, AccumulatorLimits.DEFAULT, 1e-6);
        assertAgrees(data, false, Feed.SINGLE, 1e-5);
    }

    @Test
    void aMillionMergesOfTinyPartsEqualOnePass() {
        int d = 3;
        int distinct = 1000;
        int[] counts = {distinct, distinct};
        TestData data = TestData.clusters64(5, counts, d, 0.3, 5, 1);
        LayerAccumulator[] tiny = new LayerAccumulator[distinct];
        for (int i = 0; i < distinct; i++) {
            tiny[i] = Feed.accumulate(data.slice(2 * i, 2 * i + 2), true, noSamples(), 2, i);
        }
        try (LayerAccumulator merged = new LayerAccumulator(2, d, true, noSamples());
                LayerAccumulator once = Feed.accumulate(data, true, noSamples(), 2 * distinct, 0)) {
            for (int i = 0; i < 1_000_000; i++) {
                merged.merge(tiny[i % distinct]);
            }
            assertThat(merged.observed()).isEqualTo(2_000_000);
            ClassStatistics all = merged.statistics();
            ClassStatistics one = once.statistics();
            assertClose(all.counts(), one.counts(), distinct, 0);
            assertClose(all.means().data(), one.means().data(), 1, 1e-9);
            assertClose(all.variances(), one.variances(), distinct, 1e-9);
            assertClose(all.scatter().data(), one.scatter().data(), distinct, 1e-9);
        }
        for (LayerAccumulator accumulator : tiny) {
            accumulator.close();
        }
    }

    @ParameterizedTest(name = "float32 products: {0}")
    @ValueSource(booleans = {false, true})
    void aFirstBatchWithoutSpread(boolean single) {
        TestData data = TestData.clusters(6, new int[] {40, 50, 60}, 10, 0.3, 1, 1);
        double[][] features = data.features();
        for (int i = 0; i < 30; i++) {
            Arrays.fill(features[i], 0);
        }
        assertAgrees(data, false, single ? Feed.SINGLE : AccumulatorLimits.DEFAULT, single ? 1e-5 : 1e-6);
    }

    /** What counts is how the small batches come out beside the large ones: not at all, but nothing overflows. */
    @ParameterizedTest(name = "float32 products: {0}")
    @ValueSource(booleans = {false, true})
    void batchesWhoseScaleJumps(boolean single) {
        for (int order = 0; order < 2; order++) {
            TestData data = TestData.clusters(7, new int[] {60, 60, 60}, 10, 0.3, 1, 1);
            for (int i = 0; i < 180; i++) {
                boolean large = (i / 30 + order) % 2 == 0;
                for (int j = 0; j < 10; j++) {
                    data.features()[i][j] = (float) (data.features()[i][j] * (large ? 1e5 : 1e-5));
                }
            }
            assertAgrees(data, false, single ? Feed.SINGLE : AccumulatorLimits.DEFAULT, single ? 1e-5 : 1e-6);
        }
    }

    @Test
    void batchesOfAnotherScaleKeepTheirOwnDigits() {
        // Class 0 lives at 1e10 in the first dimensions, class 1 at 1 in the last ones: both blocks of S_W must hold.
        Random random = new Random(8);
        double[][] features = new double[240][8];
        int[] labels = new int[240];
        for (int i = 0; i < 240; i++) {
            labels[i] = i / 30 % 2;
            for (int j = 0; j < 4; j++) {
                features[i][labels[i] == 0 ? j : 4 + j] =
                        (float) ((labels[i] == 0 ? 1e10 : 1) * (2 + random.nextGaussian()));
            }
        }
        TestData data = new TestData(features, labels, 2, new double[2][8]);
        double[][] expected = SlowStatistics.of(data.sample()).scatter();
        try (LayerAccumulator accumulator = Feed.accumulate(data, false, Feed.SINGLE, 30, 0)) {
            double[] actual = accumulator.statistics().scatter().data();
            for (int block = 0; block < 2; block++) {
                double norm = expected[4 * block][4 * block];
                for (int i = 4 * block; i < 4 * block + 4; i++) {
                    for (int j = 4 * block; j < 4 * block + 4; j++) {
                        assertThat(actual[i * 8 + j]).isCloseTo(expected[i][j], within(1e-6 * norm));
                    }
                }
            }
        }
    }

    @Test
    void spreadOfASeventhDigitOfTheMeanInFloat32IsWhatTheRowsHold() {
        // Rows one or two units in the last place apart: float32 subtraction is exact, so the products are right.
        TestData data = TestData.clusters(9, new int[] {40, 50, 60}, 10, 1e-7, 1, 1);
        Sample sample = data.sample();
        try (LayerAccumulator accumulator = Feed.accumulate(data, false, Feed.SINGLE, 32, 0)) {
            double[] expected = SlowStatistics.of(sample).variances();
            double[] actual = accumulator.statistics().variances();
            for (int k = 0; k < 3; k++) {
                assertThat(actual[k]).isCloseTo(expected[k], within(1e-4 * expected[k]));
            }
        }
    }

    /** What collapse looks like to a rolling window: the means travel a hundred spreads while the spread shrinks. */
    @ParameterizedTest(name = "float32 products: {0}")
    @ValueSource(booleans = {false, true})
    void classMeansThatTravelFarUnderDecay(boolean single) {
        int batches = 400;
        int rows = 24;
        Random random = new Random(12);
        double[][] features = new double[batches * rows][10];
        int[] labels = new int[batches * rows];
        double[] weights = new double[batches * rows];
        for (int i = 0; i < features.length; i++) {
            double progress = (double) (i / rows) / batches;
            labels[i] = i % 3;
            weights[i] = Math.pow(0.9, batches - 1 - i / rows);
            for (int j = 0; j < 10; j++) {
                double mean = labels[i] * (j % 2 == 0 ? 1 : -1) + 30 * progress;
                features[i][j] = (float) (mean + 0.3 * Math.pow(0.01, progress) * random.nextGaussian());
            }
        }
        TestData data = new TestData(features, labels, 3, new double[3][10]);
        Workspace workspace = new Workspace();
        try (LayerAccumulator accumulator =
                new LayerAccumulator(3, 10, false, single ? Feed.SINGLE : AccumulatorLimits.DEFAULT)) {
            for (int from = 0; from < features.length; from += rows) {
                accumulator.decay(0.9);
                accumulator.observe(Feed.batch(data.slice(from, from + rows), false, from), workspace);
            }
            Sample sample = data.sample().withSampleWeights(weights);
            Set<String> sums = Set.of("nc1", "nc1_quotient", "cdnv", "tcv", "tcv_relative", "nc2_etf_means");
            Engine.assertAgrees(
                    sample,
                    LayerMetrics.of(accumulator.statistics(), null).metrics(),
                    SlowMetrics.compute(sample, sums),
                    sums,
                    single ? 1e-5 : 1e-9);
        }
    }

    private static AccumulatorLimits noSamples() {
        return new AccumulatorLimits(4096, 0, 512);
    }

    @ParameterizedTest(name = "offset {0}, spread {1}")
    @CsvSource({"0, 0.3", "100, 1e-5"})
    void samplesThatAreExpectedToBeRetainedAreMultipliedInFloat64AtOnce(double offset, double spread) {
        TestData data = TestData.clusters(5, 4, 40, 50, spread, offset, 1);
        AccumulatorLimits limits = new AccumulatorLimits(4096, 8 << 20, 1);
        try (LayerAccumulator atOnce = new LayerAccumulator(4, 40, false, limits, data.rows());
                LayerAccumulator redone = new LayerAccumulator(4, 40, false, limits)) {
            Feed.observe(atOnce, data, false, 7, 0);
            Feed.observe(redone, data, false, 7, 0);
            assertThat(atOnce.single()).isFalse();
            assertThat(redone.single()).isTrue();
            assertThat(atOnce.statistics().doublePrecision()).isTrue();
            assertThat(redone.statistics().doublePrecision()).isTrue();
            Matrix scatter = atOnce.statistics().scatter();
            assertThat(scatter.plus(-1, redone.statistics().scatter()).frobeniusNorm())
                    .isLessThan(1e-13 * scatter.frobeniusNorm());
        }
    }

    private static void assertAgrees(TestData data, boolean doubles, AccumulatorLimits limits, double tolerance) {
        Sample sample = data.sample();
        var names = java.util.Set.of("tcv", "tcv_relative", "nc1", "nc1_quotient", "cdnv", "nc2_etf_means", "snr_max");
        try (LayerAccumulator accumulator = Feed.accumulate(data, doubles, limits, 30, 0)) {
            Engine.assertAgrees(
                    sample,
                    LayerMetrics.of(accumulator.statistics(), null).metrics(),
                    SlowMetrics.compute(sample, names),
                    names,
                    tolerance);
        }
    }

    private static void assertClose(double[] actual, double[] expected, double times, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            double want = times * expected[i];
            assertThat(actual[i]).isCloseTo(want, within(tolerance * Math.abs(want)));
        }
    }
}
