package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.geometry.LocalElasticity.Move;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.oracle.SlowElasticity;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LocalElasticityTest {
    private static final int[] LABELS = {0, 1, 2, 0, 1, 2, 1};

    private final double[][] batchBefore = TestData.randomWeights(1, 5, 3);
    private final double[][] batchAfter = TestData.randomWeights(2, 5, 3);
    private final double[][] probesBefore = TestData.randomWeights(3, LABELS.length, 3);
    private final double[][] probesAfter = TestData.randomWeights(4, LABELS.length, 3);

    @Test
    void agreesWithTheSlowComputation() {
        SlowElasticity expected = SlowElasticity.of(1, batchBefore, batchAfter, LABELS, probesBefore, probesAfter);
        MetricValues metrics = compute(1, LABELS);
        assertThat(metrics.get(Metric.LOCAL_ELASTICITY_WITHIN)).isCloseTo(expected.within(), within(1e-12));
        assertThat(metrics.get(Metric.LOCAL_ELASTICITY_BETWEEN)).isCloseTo(expected.between(), within(1e-12));
        assertThat(metrics.undefined()).isEmpty();
    }

    @Test
    void aBatchThatDidNotMoveDefinesNothing() {
        Move still = new Move(matrix(batchBefore), matrix(batchBefore));
        MetricValues metrics =
                LocalElasticity.of(1, still, LABELS, new Move(matrix(probesBefore), matrix(probesAfter)));
        assertThat(metrics.values()).isEmpty();
        assertThat(metrics.undefined())
                .containsEntry(Metric.LOCAL_ELASTICITY_WITHIN, "the update did not move its batch")
                .containsEntry(Metric.LOCAL_ELASTICITY_BETWEEN, "the update did not move its batch");
    }

    @Test
    void probesOfOneKindAloneDefineTheirOwnMean() {
        MetricValues none = compute(1, new int[] {0, 2, 2, 0, 0, 2, 0});
        assertThat(none.values()).containsOnlyKeys(Metric.LOCAL_ELASTICITY_BETWEEN);
        assertThat(none.undefined())
                .containsEntry(Metric.LOCAL_ELASTICITY_WITHIN, "the probe set has no sample of the batch's class");
        MetricValues all = compute(1, new int[] {1, 1, 1, 1, 1, 1, 1});
        assertThat(all.values()).containsOnlyKeys(Metric.LOCAL_ELASTICITY_WITHIN);
        assertThat(all.undefined())
                .containsEntry(Metric.LOCAL_ELASTICITY_BETWEEN, "the probe set has no sample of other classes");
    }

    private MetricValues compute(int batchClass, int[] labels) {
        return LocalElasticity.of(
                batchClass,
                new Move(matrix(batchBefore), matrix(batchAfter)),
                labels,
                new Move(matrix(probesBefore), matrix(probesAfter)));
    }

    private static Matrix matrix(double[][] rows) {
        return Matrix.of(
                rows.length,
                rows[0].length,
                Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }
}
