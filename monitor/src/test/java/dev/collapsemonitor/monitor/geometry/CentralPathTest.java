package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.Sample.Layer;
import dev.collapsemonitor.monitor.oracle.Sample.Loss;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.monitor.oracle.TestData;
import org.junit.jupiter.api.Test;

class CentralPathTest {
    @Test
    void theSpreadOfTwoValuesByHand() {
        // K = 2: F(1) = 2.25, F(2) = 4 ln 2 + 12, F(3) = 4 ln 3 + 38.25.
        double one = 4 * Math.log(2) + 12 - 2.25;
        double two = 4 * Math.log(3) + 38.25 - 2.25;
        assertThat(spread(new double[] {1, 1}, new double[] {3, 2}))
                .isCloseTo((two - one) / ((one + two) / 2), within(1e-14));
    }

    @Test
    void onTheCentralPathItVanishes() {
        // Both ω moved by the same step of F, solved by bisection.
        double[] first = {0.5, 2};
        double[] now = {moved(0.5, 7), moved(2, 7)};
        assertThat(spread(first, now)).isCloseTo(0, within(1e-12));
    }

    @Test
    void theOrderOfTheValuesDoesNotMatter() {
        assertThat(spread(new double[] {1, 2}, new double[] {5, 3}))
                .isEqualTo(spread(new double[] {2, 1}, new double[] {3, 5}));
    }

    @Test
    void whatCannotBeComparedHasAReason() {
        assertThat(reason(new double[0], new double[] {1}))
                .isEqualTo("there is no earlier complete snapshot of this attempt to compare with");
        assertThat(reason(new double[] {1}, new double[0])).isEqualTo("the SNR singular values are undefined");
        assertThat(reason(new double[] {1}, new double[] {1, 2}))
                .isEqualTo("the first snapshot had 1 SNR singular values, this one has 2");
        assertThat(reason(new double[] {1, 0}, new double[] {1, 2})).isEqualTo("a SNR singular value is 0");
        assertThat(reason(new double[] {1, 2}, new double[] {1, 0})).isEqualTo("a SNR singular value is 0");
        assertThat(reason(new double[] {1, 2}, new double[] {1, 2}))
                .isEqualTo("the SNR singular values did not move on average");
    }

    @Test
    void agreesWithTheSlowComputationAndIsForMseAlone() {
        TestData before = TestData.clusters(1, 5, 12, 40, 0.5, 0, 1);
        TestData data = TestData.clusters(2, 5, 12, 40, 0.2, 0, 1);
        Sample sample = data.sample()
                .withWeights(data.alignedWeights(3, 0.2), data.randomBias(4), Layer.CLASSIFIER)
                .withLoss(Loss.MSE)
                .withFirstOmegas(SlowMetrics.compute(before.sample()).omegas());
        Engine.assertAgrees(sample, Engine.compute(sample, 30), SlowMetrics.compute(sample), 1e-6);
        assertThat(Engine.compute(sample, 30).values()).containsKey(Metric.CENTRAL_PATH_SPREAD);

        assertThat(Engine.compute(sample.withLoss(Loss.CROSS_ENTROPY), 30).undefined())
                .containsEntry(Metric.CENTRAL_PATH_SPREAD, "the loss is not MSE");
    }

    private static double moved(double omega, double step) {
        double low = omega;
        double high = 100;
        for (int i = 0; i < 200; i++) {
            double middle = (low + high) / 2;
            if (potential(middle) - potential(omega) < step) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double potential(double omega) {
        return 4 * Math.log(omega) + 2 * omega * omega + Math.pow(omega, 4) / 4;
    }

    private static double spread(double[] first, double[] now) {
        return compute(first, now).get(Metric.CENTRAL_PATH_SPREAD);
    }

    private static String reason(double[] first, double[] now) {
        MetricValues metrics = compute(first, now);
        assertThat(metrics.values()).isEmpty();
        return metrics.undefined().get(Metric.CENTRAL_PATH_SPREAD);
    }

    private static MetricValues compute(double[] first, double[] now) {
        MetricValues metrics = new MetricValues();
        CentralPath.computeSpread(first, now, 2, metrics);
        return metrics;
    }
}
