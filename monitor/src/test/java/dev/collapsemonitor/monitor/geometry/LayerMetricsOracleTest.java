package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine against the slow, independent computation of the same definitions. */
class LayerMetricsOracleTest {
    private static final double TOLERANCE = 1e-6;

    static Stream<Arguments> ordinaryData() {
        return Stream.of(
                Arguments.of("balanced", TestData.clusters(1, 10, 32, 60, 0.3, 0, 1)),
                Arguments.of("two classes", TestData.clusters(2, 2, 16, 60, 0.3, 0, 1)),
                Arguments.of("imbalanced", TestData.clusters(3, new int[] {400, 100, 25, 6, 3}, 24, 0.3, 0, 1)),
                Arguments.of("an empty class", TestData.clusters(4, new int[] {40, 0, 40, 30}, 12, 0.3, 0, 1)),
                Arguments.of("a class of one", TestData.clusters(5, new int[] {40, 1, 40, 30}, 12, 0.3, 0, 1)),
                Arguments.of("more classes than dimensions", TestData.clusters(6, 12, 6, 30, 0.3, 0, 1)),
                Arguments.of("fewer samples than dimensions", TestData.clusters(7, 4, 48, 8, 0.3, 0, 1)),
                Arguments.of("dead units", TestData.deadUnits(8, 5, 24, 40, 0.3, 7)),
                Arguments.of("float64", TestData.clusters64(9, new int[] {50, 60, 70}, 20, 0.3, 0, 1)),
                Arguments.of("coinciding means", TestData.coincidingMeans(10, 5, 16, 30, 0.3)),
                Arguments.of("planted noise", TestData.plantedNoise(5, 8, 0.125)),
                Arguments.of("an exact ETF", TestData.exactEtf(4, 8, 5, 1)),
                Arguments.of("scale 1e25", TestData.clusters(11, 6, 16, 40, 0.3, 0, 1e25)),
                Arguments.of("scale 1e-25", TestData.clusters(12, 6, 16, 40, 0.3, 0, 1e-25)),
                Arguments.of("far from the origin", TestData.clusters(13, 6, 16, 40, 0.3, 1e4, 1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ordinaryData")
    void agreesOnOrdinaryData(String name, TestData data) {
        Sample sample = classifier(data);
        Engine.assertAgrees(sample, Engine.compute(sample, 37), SlowMetrics.compute(sample), TOLERANCE);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ordinaryData")
    void agreesOnOrdinaryDataInFloat32Products(String name, TestData data) {
        Sample sample = classifier(data);
        Engine.assertAgrees(sample, Engine.computeInSingle(sample, 37), SlowMetrics.compute(sample), TOLERANCE);
    }

    static Stream<Arguments> collapsedData() {
        return Stream.of(
                Arguments.of(1e-3, 0, 1e-5),
                Arguments.of(1e-3, 100, 1e-5),
                Arguments.of(1e-5, 0, 1e-5),
                Arguments.of(1e-5, 100, 1e-5),
                Arguments.of(1e-7, 0, 1e-4),
                Arguments.of(1e-7, 100, 1e-4));
    }

    @ParameterizedTest(name = "spread {0} at offset {1}")
    @MethodSource("collapsedData")
    void agreesDeepInCollapse(double spread, double offset, double tolerance) {
        for (TestData data : new TestData[] {
            TestData.clusters(21, 8, 24, 50, spread, offset, 1),
            TestData.clusters64(22, new int[] {50, 50, 50, 50}, 20, spread, offset, 1)
        }) {
            Sample sample = classifier(data);
            Engine.assertAgrees(sample, Engine.compute(sample, 41), SlowMetrics.compute(sample), tolerance);
        }
    }

    @Test
    void agreesWithManyClasses() {
        Sample sample = classifier(TestData.clusters(31, 100, 64, 12, 0.3, 0, 1));
        Engine.assertAgrees(sample, Engine.compute(sample, 128), SlowMetrics.compute(sample), TOLERANCE);
    }

    @Test
    void agreesWithAThousandClassesOnWhatTheOracleCanCompute() {
        Sample sample = classifier(TestData.clusters(32, 1000, 2048, 2, 0.3, 0, 1));
        // The oracle's loops would take minutes for the others.
        Set<String> names =
                Set.of("tcv", "nc1_quotient", "cdnv", "nc2_etf_means", "nc3", "nc3_floor", "nc0", "feature_norm");
        Engine.assertAgrees(sample, Engine.compute(sample, 256), SlowMetrics.compute(sample, names), names, TOLERANCE);
    }

    /** Through the Gram matrix of the rows, where the classifier is decayed beside the loss and where it is not. */
    @Test
    void agreesOnFewerSamplesThanDimensions() {
        TestData data = TestData.clusters(35, 4, 90, 15, 0.3, 2, 1);
        for (Coupling coupling : new Coupling[] {Coupling.COUPLED, Coupling.DECOUPLED}) {
            Sample sample = classifier(data).withDecay(5e-4, coupling, true);
            Engine.assertAgrees(sample, Engine.compute(sample, 16), SlowMetrics.compute(sample), TOLERANCE);
        }
    }

    @Test
    void whatWouldTakeTooLongIsUndefinedWithAReason() {
        Sample sample = classifier(TestData.clusters(36, 4, 30, 40, 0.3, 2, 1));
        MetricValues all = Engine.compute(sample, 16);
        try (LayerAccumulator accumulator = Engine.accumulate(sample, 16, AccumulatorLimits.DEFAULT)) {
            MetricValues some = LayerMetrics.of(
                            accumulator.statistics(),
                            Engine.weights(sample),
                            new LayerContext(new double[0], LayerContext.NONE.signals(), new Effort(29, 29)))
                    .metrics();
            assertThat(some.undefined())
                    .containsEntry(
                            Metric.SNR_MIN,
                            "the 30 × 30 matrix that it inverts is singular or too large to be factored in time")
                    .containsKeys(Metric.VCI, Metric.MSE_LOSS_PERP);
            assertThat(some.get(Metric.NC1)).isCloseTo(all.get(Metric.NC1), within(1e-12 * all.get(Metric.NC1)));
            assertThat(some.get(Metric.NC3)).isEqualTo(all.get(Metric.NC3));
        }
    }

    @Test
    void leavesConstantFeaturesUndefinedWithAReason() {
        Sample sample = classifier(TestData.constant(3, 8, 20));
        MetricValues metrics = Engine.compute(sample, 16);
        assertThat(metrics.values()).doesNotContainKeys(Metric.NC1, Metric.CDNV, Metric.NC3);
        assertThat(metrics.undefined().get(Metric.NC1)).isEqualTo("all class means coincide");
        assertThat(metrics.get(Metric.TCV)).isZero();
    }

    /** Nothing is left of A: what remains is the loss of predicting nothing. */
    @ParameterizedTest
    @CsvSource({"10, 4", "4, 6"})
    void featuresThatAreZeroThroughoutLeaveTheLossOfPredictingNothing(int classes, int d) {
        // What other computations leave behind in buffers must not matter.
        Engine.compute(classifier(TestData.clusters(37, 12, 12, 20, 0.3, 1, 1)), 16);
        TestData zeros = TestData.constant(classes, d, 5).scaled(0);
        Sample sample = zeros.sample()
                .withWeights(TestData.randomWeights(5, classes, d), new double[0], Layer.CLASSIFIER)
                .withDecay(5e-4, Coupling.DECOUPLED, false)
                .withLoss(Loss.MSE);
        MetricValues metrics = Engine.compute(sample, 16);
        assertThat(metrics.get(Metric.MSE_LOSS_NC23)).isCloseTo(0.5, within(1e-15));
        assertThat(metrics.get(Metric.MSE_LOSS_NC1)).isZero();
        assertThat(metrics.get(Metric.MSE_LOSS_PERP)).isZero();
    }

    @Test
    void agreesOnAHiddenLayerAndOnAConvolution() {
        TestData data = TestData.clusters(33, 6, 20, 40, 0.3, 0, 1);
        for (Layer layer : new Layer[] {Layer.DENSE, Layer.CONVOLUTION}) {
            Sample sample = data.sample()
                    .withWeights(TestData.randomWeights(5, 30, 20), new double[0], layer)
                    .withPredictions(data.predictions(6, 0.1))
                    .withDecay(5e-4, Coupling.COUPLED, false);
            Engine.assertAgrees(sample, Engine.compute(sample, 50), SlowMetrics.compute(sample), TOLERANCE);
        }
    }

    @Test
    void computesPredictionsWhereNoneWerePublished() {
        TestData data = TestData.clusters(34, 6, 20, 40, 1.5, 0, 1);
        Sample sample = data.sample()
                .withWeights(data.alignedWeights(5, 0.5), data.randomBias(6), Layer.CLASSIFIER)
                .withDecay(5e-4, Coupling.DECOUPLED, true)
                .withLoss(Loss.MSE);
        Engine.assertAgrees(sample, Engine.compute(sample, 50), SlowMetrics.compute(sample), TOLERANCE);
    }

    private static Sample classifier(TestData data) {
        return data.sample()
                .withWeights(data.alignedWeights(101, 0.2), data.randomBias(102), Layer.CLASSIFIER)
                .withPredictions(data.predictions(103, 0.05))
                .withDecay(5e-4, Coupling.COUPLED, true)
                .withLoss(Loss.MSE);
    }
}
