package dev.collapsemonitor.monitor.geometry;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** How far collapse reaches into the network, from the nc1 of its layers at one step. */
public final class DepthProfile {
    /** nc1 at or below this counts as collapsed. */
    static final double COLLAPSED = 0.05;

    private static final int FEWEST_LAYERS = 3;

    private DepthProfile() {}

    /**
     * nc1 of the input of one layer.
     *
     * @param index of the layer among those with weights
     * @param nc1 NaN when undefined
     */
    public record LayerNc1(int index, double nc1) {}

    /**
     * {@code collapse_depth} = index of the first layer from which on nc1 ≤ 0.05; a layer whose nc1 is undefined does not
     * count as collapsed. Equi-separation (arXiv 2210.17020) has ln nc1 fall by the same amount from layer to layer:
     * {@code equiseparation_slope} = least-squares slope of ln nc1 against the index, per layer, and
     * {@code equiseparation_r2} = the share of the variance of ln nc1 that the line explains, in [0, 1].
     *
     * <p>collapse_depth is undefined when the last layer is not collapsed. The others leave out layers whose nc1 is
     * undefined or 0, and are undefined for fewer than 3 layers and without distinct indices; r2 also where all nc1 are
     * equal.
     *
     * @param layers in any order
     */
    public static MetricValues of(List<LayerNc1> layers) {
        MetricValues metrics = new MetricValues();
        List<LayerNc1> ordered =
                layers.stream().sorted(Comparator.comparingInt(LayerNc1::index)).toList();
        computeDepth(ordered, metrics);
        computeEquiseparation(ordered.stream().filter(layer -> layer.nc1() > 0).toList(), metrics);
        return metrics;
    }

    private static void computeDepth(List<LayerNc1> layers, MetricValues metrics) {
        int first = layers.size();
        while (first > 0 && layers.get(first - 1).nc1() <= COLLAPSED) {
            first--;
        }
        if (first == layers.size()) {
            metrics.undefine("the last layer is not collapsed", Metric.COLLAPSE_DEPTH);
        } else {
            metrics.set(Metric.COLLAPSE_DEPTH, layers.get(first).index());
        }
    }

    private static void computeEquiseparation(List<LayerNc1> layers, MetricValues metrics) {
        if (layers.size() < FEWEST_LAYERS) {
            metrics.undefine(
                    "fewer than " + FEWEST_LAYERS + " layers have an nc1 above 0",
                    Metric.EQUISEPARATION_SLOPE,
                    Metric.EQUISEPARATION_R2);
            return;
        }
        double[] x = centred(layers.stream().mapToDouble(LayerNc1::index).toArray());
        double[] y = centred(
                layers.stream().mapToDouble(layer -> Math.log(layer.nc1())).toArray());
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xx += x[i] * x[i];
            xy += x[i] * y[i];
            yy += y[i] * y[i];
        }
        if (xx == 0) {
            metrics.undefine(
                    "the layers have no distinct indices", Metric.EQUISEPARATION_SLOPE, Metric.EQUISEPARATION_R2);
            return;
        }
        metrics.set(Metric.EQUISEPARATION_SLOPE, xy / xx);
        if (layers.stream().mapToDouble(LayerNc1::nc1).distinct().count() == 1) { // yy may be rounding
            metrics.undefine("nc1 is the same in all layers", Metric.EQUISEPARATION_R2);
        } else {
            metrics.set(Metric.EQUISEPARATION_R2, Math.min(1, xy / xx * (xy / yy)));
        }
    }

    private static double[] centred(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values).map(value -> value - mean).toArray();
    }
}
