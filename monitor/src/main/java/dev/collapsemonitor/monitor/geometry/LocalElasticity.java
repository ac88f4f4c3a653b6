package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;

/** How far an update on samples of one class moves samples of the same and of other classes (arXiv 1910.06943). */
public final class LocalElasticity {
    private LocalElasticity() {}

    /**
     * Logits around one update.
     *
     * @param before samples x classes
     * @param after of the same shape
     */
    public record Move(Matrix before, Matrix after) {
        /** ‖f(x,w⁺) − f(x,w)‖ of one sample. */
        double distance(int sample) {
            double squares = 0;
            for (int k = 0; k < before.columns(); k++) {
                double moved = after.get(sample, k) - before.get(sample, k);
                squares += moved * moved;
            }
            return Math.sqrt(squares);
        }
    }

    /**
     * For an update on a batch x of one class taking weights w to w⁺, a probe x′ has the relative similarity
     * ‖f(x′,w⁺) − f(x′,w)‖ / mean over the batch of ‖f(x,w⁺) − f(x,w)‖, f the logits. {@code local_elasticity_within},
     * {@code local_elasticity_between} = its mean over the probes of the batch's class, of other classes. Pure numbers; a
     * locally elastic classifier has within far above between. Undefined when the batch did not move, and each without
     * probes of its kind.
     *
     * @param probeLabels class of each probe
     */
    public static MetricValues of(int batchClass, Move batch, int[] probeLabels, Move probes) {
        MetricValues metrics = new MetricValues();
        double moved = 0;
        for (int i = 0; i < batch.before().rows(); i++) {
            moved += batch.distance(i) / batch.before().rows();
        }
        if (!(moved > 0)) {
            metrics.undefine(
                    "the update did not move its batch",
                    Metric.LOCAL_ELASTICITY_WITHIN,
                    Metric.LOCAL_ELASTICITY_BETWEEN);
            return metrics;
        }
        set(metrics, Metric.LOCAL_ELASTICITY_WITHIN, batchClass, true, probeLabels, probes, moved);
        set(metrics, Metric.LOCAL_ELASTICITY_BETWEEN, batchClass, false, probeLabels, probes, moved);
        return metrics;
    }

    private static void set(
            MetricValues metrics,
            Metric metric,
            int batchClass,
            boolean sameClass,
            int[] labels,
            Move probes,
            double moved) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < labels.length; i++) {
            if ((labels[i] == batchClass) == sameClass) {
                sum += probes.distance(i) / moved;
                count++;
            }
        }
        if (count == 0) {
            metrics.undefine(
                    "the probe set has no sample of " + (sameClass ? "the batch's class" : "other classes"), metric);
        } else {
            metrics.set(metric, sum / count);
        }
    }
}
