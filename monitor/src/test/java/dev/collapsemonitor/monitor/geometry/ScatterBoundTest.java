package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Coupling;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.TestData;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import org.junit.jupiter.api.Test;

/** Features of more dimensions than a scatter matrix is kept for. */
class ScatterBoundTest {
    private static final int D = 11;
    private static final int BOUND = 8;

    @Test
    void nc1IsExactWhenAllSamplesAreRetained() {
        for (boolean doubles : new boolean[] {false, true}) {
            int[] counts = {300, 200, 100, 40};
            TestData data = doubles
                    ? TestData.clusters64(1, counts, D, 1e-3, 10, 1)
                    : TestData.clusters(1, counts, D, 0.3, 10, 1);
            Sample sample = classifier(data);
            MetricValues estimated = compute(sample, new AccumulatorLimits(BOUND, 8 << 20, 512));
            double exact = Engine.compute(sample, 64).get(Metric.NC1);
            assertThat(estimated.get(Metric.NC1)).isCloseTo(exact, within(1e-10 * exact));
            assertThat(estimated.notes().get(Metric.NC1)).contains("estimated from 640 retained samples");
        }
    }

    @Test
    void nc1FromASampleIsWithinAFewPercent() {
        // Imbalanced: a sample that is not weighted by the classes' shares would be off by the ratio of their spreads.
        Sample sample = classifier(TestData.clusters(2, new int[] {6000, 2000, 600, 200}, D, 0.3, 3, 1));
        MetricValues estimated = compute(sample, new AccumulatorLimits(BOUND, 1600L * D * Float.BYTES, 512));
        double exact = Engine.compute(sample, 64).get(Metric.NC1);
        assertThat(estimated.get(Metric.NC1_QUOTIENT))
                .isCloseTo(Engine.compute(sample, 64).get(Metric.NC1_QUOTIENT), within(1e-9));
        assertThat(estimated.get(Metric.NC1))
                .isCloseTo(exact, within(0.06 * exact))
                .isNotEqualTo(exact);
        assertThat(estimated.get(Metric.NC4_SAMPLES)).isBetween(1500.0, 1600.0);
        assertThat(estimated.notes().get(Metric.NC1)).contains("estimated").contains("no scatter is kept");
    }

    @Test
    void whatNeedsTheWholeScatterIsUndefinedWithTheReason() {
        MetricValues metrics = compute(
                classifier(TestData.clusters(3, 4, D, 30, 0.3, 0, 1)), new AccumulatorLimits(BOUND, 8 << 20, 512));
        for (Metric metric : new Metric[] {
            Metric.SNR_MIN,
            Metric.SNR_MAX,
            Metric.SNR_DROPPED_DIMS,
            Metric.VCI,
            Metric.MSE_LOSS_NC1,
            Metric.MSE_LOSS_NC23,
            Metric.MSE_LOSS_PERP,
            Metric.CENTRAL_PATH_DISTANCE
        }) {
            assertThat(metrics.values()).doesNotContainKey(metric);
            assertThat(metrics.undefined().get(metric))
                    .isEqualTo("dimension 11 is above the bound for a scatter matrix");
        }
        assertThat(metrics.values())
                .containsKeys(Metric.TCV, Metric.NC1, Metric.CDNV, Metric.NC2_ETF_MEANS, Metric.NC3, Metric.NC4);
    }

    @Test
    void theBoundItselfStillHasAScatterMatrix() {
        MetricValues metrics =
                compute(classifier(TestData.clusters(3, 4, D, 30, 0.3, 0, 1)), new AccumulatorLimits(D, 8 << 20, 512));
        assertThat(metrics.values()).containsKeys(Metric.SNR_MIN, Metric.MSE_LOSS_PERP);
        assertThat(metrics.notes()).doesNotContainKey(Metric.NC1);
    }

    @Test
    void partsMergeWithoutAScatterMatrix() {
        TestData data = TestData.clusters(4, 4, D, 60, 0.3, 0, 1);
        AccumulatorLimits limits = new AccumulatorLimits(BOUND, 8 << 20, 512);
        double whole = compute(data.sample(), limits).get(Metric.NC1);
        try (LayerAccumulator a = Engine.accumulate(data.slice(0, 100).sample(), 32, limits);
                LayerAccumulator b = Engine.accumulate(data.slice(100, 240).sample(), 32, limits)) {
            a.merge(b);
            assertThat(LayerMetrics.of(a.statistics(), null).metrics().get(Metric.NC1))
                    .isCloseTo(whole, within(1e-12 * whole));
        }
    }

    private static MetricValues compute(Sample sample, AccumulatorLimits limits) {
        try (LayerAccumulator accumulator = Engine.accumulate(sample, 64, limits)) {
            return LayerMetrics.of(accumulator.statistics(), Engine.weights(sample))
                    .metrics();
        }
    }

    private static Sample classifier(TestData data) {
        return data.sample()
                .withWeights(data.alignedWeights(5, 0.3), data.randomBias(6), Layer.CLASSIFIER)
                .withDecay(5e-4, Coupling.COUPLED, true)
                .withLoss(Loss.MSE);
    }
}
