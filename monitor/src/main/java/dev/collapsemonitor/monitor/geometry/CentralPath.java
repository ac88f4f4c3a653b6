package dev.collapsemonitor.monitor.geometry;

import java.util.Arrays;

/** The time-free test of the dynamics that the central path predicts (derived from arXiv 2106.02073). */
public final class CentralPath {
    private CentralPath() {}

    /**
     * With F(ω) = K² ln ω + Kω² + ω⁴/4, the step F(ω_j now) − F(ω_j first), j in sorted order, is the same for all j on
     * the central path, whatever time went by: {@code central_path_spread} = (max − min)/mean of it over j, without a
     * unit. It is negative where the ω fall on average.
     *
     * <p>Undefined without a first snapshot to compare with (the first of an attempt has none), where the SNR singular
     * values of this one are, where their number changed, where one is 0, and where the mean step is 0.
     *
     * @param first ω_j of the first snapshot of the attempt, in any order; empty when there is none
     * @param now ω_j of this snapshot, in any order; empty when undefined
     * @param classes K, the classes present
     */
    static void computeSpread(double[] first, double[] now, int classes, MetricValues metrics) {
        String reason = null;
        if (now.length == 0) {
            reason = "the SNR singular values are undefined";
        } else if (first.length == 0) {
            reason = "there is no earlier complete snapshot of this attempt to compare with";
        } else if (first.length != now.length) {
            reason = "the first snapshot had " + first.length + " SNR singular values, this one has " + now.length;
        } else if (smallest(first) <= 0 || smallest(now) <= 0) {
            reason = "a SNR singular value is 0";
        }
        if (reason != null) {
            metrics.undefine(reason, Metric.CENTRAL_PATH_SPREAD);
            return;
        }
        double[] steps = steps(sorted(first), sorted(now), classes);
        double mean = Arrays.stream(steps).average().orElseThrow();
        if (mean == 0) {
            metrics.undefine("the SNR singular values did not move on average", Metric.CENTRAL_PATH_SPREAD);
            return;
        }
        double range = Arrays.stream(steps).max().orElseThrow()
                - Arrays.stream(steps).min().orElseThrow();
        metrics.set(Metric.CENTRAL_PATH_SPREAD, range / mean);
    }

    /** F(to) − F(from), by factors: F itself is large where the difference is not. */
    private static double[] steps(double[] from, double[] to, int classes) {
        double[] steps = new double[from.length];
        for (int j = 0; j < steps.length; j++) {
            double difference = to[j] - from[j];
            double squares = difference * (to[j] + from[j]);
            double fourths = squares * (to[j] * to[j] + from[j] * from[j]);
            steps[j] = (double) classes * classes * Math.log1p(difference / from[j]) + classes * squares + fourths / 4;
        }
        return steps;
    }

    private static double[] sorted(double[] values) {
        double[] copy = values.clone();
        Arrays.sort(copy);
        return copy;
    }

    private static double smallest(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }
}
