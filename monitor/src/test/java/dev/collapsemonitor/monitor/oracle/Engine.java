package dev.collapsemonitor.monitor.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.geometry.LayerContext;
import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Runs the fast engine on a {@link Sample} and compares it with the slow computation, metric by metric. */
public final class Engine {
    private static final AccumulatorLimits SINGLE = new AccumulatorLimits(4096, 8 << 20, 1);

    private Engine() {}

    /** All metrics with the default limits, the rows in batches of that size: float64 products where all are retained. */
    public static MetricValues compute(Sample sample, int batchRows) {
        return compute(sample, batchRows, AccumulatorLimits.DEFAULT, sample.features().length);
    }

    /** The same with float32 products in every dimension. */
    public static MetricValues computeInSingle(Sample sample, int batchRows) {
        return compute(sample, batchRows, SINGLE, Long.MAX_VALUE);
    }

    private static MetricValues compute(Sample sample, int batchRows, AccumulatorLimits limits, long expectedRows) {
        try (LayerAccumulator accumulator = accumulate(sample, batchRows, limits, expectedRows)) {
            return LayerMetrics.of(
                            accumulator.statistics(),
                            weights(sample),
                            new LayerContext(sample.firstOmegas(), LayerContext.NONE.signals()))
                    .metrics();
        }
    }

    /** Statistics of the sample's features, of unknown number; float32 unless some value needs float64. */
    public static LayerAccumulator accumulate(Sample sample, int batchRows, AccumulatorLimits limits) {
        return accumulate(sample, batchRows, limits, Long.MAX_VALUE);
    }

    private static LayerAccumulator accumulate(
            Sample sample, int batchRows, AccumulatorLimits limits, long expectedRows) {
        double[][] features = sample.features();
        int d = features[0].length;
        boolean doubles =
                Arrays.stream(features).flatMapToDouble(Arrays::stream).anyMatch(x -> (float) x != x);
        LayerAccumulator accumulator = new LayerAccumulator(sample.classes(), d, doubles, limits, expectedRows);
        Batch batch = new Batch();
        Workspace workspace = new Workspace();
        for (int from = 0; from < features.length; from += batchRows) {
            int to = Math.min(features.length, from + batchRows);
            double[][] rows = Arrays.copyOfRange(features, from, to);
            int[] labels = Arrays.copyOfRange(sample.labels(), from, to);
            int[] predicted =
                    sample.predictions().length == 0 ? new int[0] : Arrays.copyOfRange(sample.predictions(), from, to);
            if (doubles) {
                double[] flat =
                        Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
                batch.load(flat, to - from, d, labels, predicted, from);
            } else {
                batch.load(TestData.flatten(rows), to - from, d, labels, predicted, from);
            }
            accumulator.observe(batch, workspace);
        }
        return accumulator;
    }

    /** The sample's weights as the engine takes them, or null. */
    public static LayerWeights weights(Sample sample) {
        if (!sample.hasWeights()) {
            return null;
        }
        int columns = sample.weights()[0].length;
        return new LayerWeights(
                Matrix.of(
                        sample.weights().length,
                        columns,
                        Arrays.stream(sample.weights())
                                .flatMapToDouble(Arrays::stream)
                                .toArray()),
                sample.bias(),
                sample.layer() == Sample.Layer.CLASSIFIER,
                sample.layer() == Sample.Layer.CONVOLUTION ? LayerKind.CONVOLUTION : LayerKind.DENSE,
                sample.weightDecay(),
                switch (sample.coupling()) {
                    case COUPLED -> dev.collapsemonitor.protocol.v1.Coupling.COUPLED;
                    case DECOUPLED -> dev.collapsemonitor.protocol.v1.Coupling.DECOUPLED;
                    case UNKNOWN -> dev.collapsemonitor.protocol.v1.Coupling.COUPLING_UNSPECIFIED;
                },
                sample.biasDecayed(),
                sample.loss() == Sample.Loss.MSE ? LossKind.MSE : LossKind.CROSS_ENTROPY,
                0,
                new long[0]);
    }

    /** Every metric of the oracle is there with the same value, and nothing beside. */
    public static void assertAgrees(Sample sample, MetricValues actual, SlowMetrics.Result expected, double tolerance) {
        assertAgrees(sample, actual, expected, SlowMetrics.ALL, tolerance);
        actual.values()
                .forEach((metric, value) -> assertThat(expected.values())
                        .as("defined in the engine alone")
                        .containsKey(metric.exportedName()));
    }

    /** The same for some of the metrics. */
    public static void assertAgrees(
            Sample sample, MetricValues actual, SlowMetrics.Result expected, Set<String> names, double tolerance) {
        Map<String, String> differences = new TreeMap<>();
        for (String name : names) {
            if (!expected.has(name)) {
                continue;
            }
            double want = expected.get(name);
            double got = actual.get(Metric.byName(name));
            if (!(Math.abs(got - want) <= tolerance * Math.abs(want) + 1e-14)) {
                differences.put(
                        name,
                        "expected " + want + ", got " + got + " (" + Math.abs(got - want) / Math.abs(want) + ") "
                                + actual.undefined().get(Metric.byName(name)));
            }
        }
        assertThat(differences)
                .as(sample.features().length + " × " + sample.features()[0].length)
                .isEmpty();
    }
}
