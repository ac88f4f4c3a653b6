package dev.collapsemonitor.monitor.geometry;

import dev.collapsemonitor.monitor.linalg.Matrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Minority collapse (arXiv 2101.12699): under imbalance the classifier's rows of rare classes merge. */
public final class MinorityAngles {
    private MinorityAngles() {}

    /**
     * {@code minority_angle_min}, {@code minority_angle_mean}: angles in radians between the classifier's rows of the
     * rarer half of the classes that have samples (⌊K/2⌋ of them, ties by label). Undefined when their counts are equal
     * or unknown, when that half has fewer than two classes, or a row is zero.
     *
     * @param weights K × d
     * @param gram WWᵀ
     * @param counts training samples per class
     */
    static void compute(Matrix weights, Matrix gram, double[] counts, MetricValues metrics) {
        Metric[] names = {Metric.MINORITY_ANGLE_MIN, Metric.MINORITY_ANGLE_MEAN};
        if (counts.length != weights.rows()) {
            metrics.undefine("the class counts are not known", names);
            return;
        }
        int[] present =
                IntStream.range(0, counts.length).filter(k -> counts[k] > 0).toArray();
        if (Arrays.stream(present).mapToDouble(k -> counts[k]).distinct().count() < 2) {
            metrics.undefine("the classes are balanced", names);
            return;
        }
        int[] minority = Arrays.stream(present)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer k) -> counts[k]))
                .limit(present.length / 2)
                .mapToInt(Integer::intValue)
                .toArray();
        if (minority.length < 2) {
            metrics.undefine("the rarer half of the classes has fewer than two classes", names);
            return;
        }
        double[] norms = new double[minority.length];
        for (int a = 0; a < norms.length; a++) {
            norms[a] = weights.rowNorm(minority[a]);
            if (norms[a] == 0) {
                metrics.undefine("a row of the classifier is zero", names);
                return;
            }
        }
        double min = Double.POSITIVE_INFINITY;
        double sum = 0;
        for (int a = 0; a < minority.length; a++) {
            for (int b = 0; b < a; b++) {
                double cosine = gram.get(minority[a], minority[b]) / norms[a] / norms[b];
                double angle = Math.abs(cosine) < 0.9
                        ? Math.acos(cosine)
                        : angleByDistance(weights, minority[a], minority[b], norms[a], norms[b], Math.signum(cosine));
                min = Math.min(min, angle);
                sum += angle;
            }
        }
        metrics.set(Metric.MINORITY_ANGLE_MIN, min);
        metrics.set(Metric.MINORITY_ANGLE_MEAN, sum / (minority.length * (minority.length - 1) / 2.0));
    }

    /** Near 0 and π from the distance of the unit vectors: acos loses half of the digits there. */
    private static double angleByDistance(Matrix weights, int a, int b, double normA, double normB, double sign) {
        double squares = 0;
        for (int j = 0; j < weights.columns(); j++) {
            double difference = weights.get(a, j) / normA - sign * weights.get(b, j) / normB;
            squares += difference * difference;
        }
        double angle = 2 * Math.asin(Math.sqrt(squares) / 2);
        return sign > 0 ? angle : Math.PI - angle;
    }
}
