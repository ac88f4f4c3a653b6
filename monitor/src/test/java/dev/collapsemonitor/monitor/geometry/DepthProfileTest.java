package dev.collapsemonitor.monitor.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.geometry.DepthProfile.LayerNc1;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class DepthProfileTest {
    @Test
    void theDepthIsTheFirstLayerFromWhichCollapseStays() {
        assertThat(depth(3, 0.04, 0.2, 0.05, 0.01)).isEqualTo(3);
        assertThat(depth(0.04, 0.01, 0)).isZero();
        assertThat(depth(1, 0.04, Double.NaN, 0.01)).isEqualTo(3);
        assertThat(undefined(Metric.COLLAPSE_DEPTH, 3, 0.01, 0.06)).isEqualTo("the last layer is not collapsed");
        assertThat(undefined(Metric.COLLAPSE_DEPTH, 3, 0.01, Double.NaN)).isEqualTo("the last layer is not collapsed");
    }

    @Test
    void aGeometricFallIsALine() {
        MetricValues metrics = profile(8, 4, 2, 1, 0.5);
        assertThat(metrics.get(Metric.EQUISEPARATION_SLOPE)).isCloseTo(-Math.log(2), within(1e-14));
        assertThat(metrics.get(Metric.EQUISEPARATION_R2)).isCloseTo(1, within(1e-14));
    }

    @Test
    void slopeAndFitByHand() {
        // ln nc1 = 0, -1, -4 at 0, 1, 2: slope -2, mean -5/3, residuals 1/3, -2/3, 1/3.
        MetricValues metrics = profile(1, Math.exp(-1), Math.exp(-4));
        assertThat(metrics.get(Metric.EQUISEPARATION_SLOPE)).isCloseTo(-2, within(1e-14));
        double explained = 1 - (6 / 9.0) / (78 / 9.0);
        assertThat(metrics.get(Metric.EQUISEPARATION_R2)).isCloseTo(explained, within(1e-14));
    }

    @Test
    void layersWithoutALogarithmAreLeftOutOfTheLine() {
        MetricValues metrics = profile(8, Double.NaN, 2, 0, 0.5);
        assertThat(metrics.get(Metric.EQUISEPARATION_SLOPE)).isCloseTo(-Math.log(2), within(1e-14));
        String few = "fewer than 3 layers have an nc1 above 0";
        assertThat(undefined(Metric.EQUISEPARATION_SLOPE, 8, 4, 0)).isEqualTo(few);
        assertThat(undefined(Metric.EQUISEPARATION_R2, 8, 4, Double.NaN)).isEqualTo(few);
    }

    @Test
    void aFlatProfileHasASlopeButNoFit() {
        assertThat(profile(0.1, 0.1, 0.1).get(Metric.EQUISEPARATION_SLOPE)).isCloseTo(0, within(1e-15));
        assertThat(undefined(Metric.EQUISEPARATION_R2, 0.1, 0.1, 0.1)).isEqualTo("nc1 is the same in all layers");
    }

    @Test
    void layersThatDeclareNoIndexHaveNoSlope() {
        MetricValues metrics = DepthProfile.of(List.of(new LayerNc1(0, 3), new LayerNc1(0, 2), new LayerNc1(0, 1)));
        assertThat(metrics.undefined())
                .containsEntry(Metric.EQUISEPARATION_SLOPE, "the layers have no distinct indices")
                .containsEntry(Metric.EQUISEPARATION_R2, "the layers have no distinct indices");
    }

    private static double depth(double... nc1) {
        return profile(nc1).get(Metric.COLLAPSE_DEPTH);
    }

    private static String undefined(Metric metric, double... nc1) {
        return profile(nc1).undefined().get(metric);
    }

    /** Given last layer first: the order must not matter. */
    private static MetricValues profile(double... nc1) {
        List<LayerNc1> layers = new ArrayList<>();
        for (int i = 0; i < nc1.length; i++) {
            layers.add(new LayerNc1(i, nc1[i]));
        }
        Collections.reverse(layers);
        return DepthProfile.of(layers);
    }
}
