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
     * rarer half of the classes (⌊K/2⌋ of them, ties by label). Undefined when the counts are equal or unknown, when
     * that half has fewer than two classes, or a row is zero.
     *
     * @param weights K × d
     * @param counts training samples per class
     */
    static void compute(Matrix weights, double[] counts, MetricValues metrics) {
        Metric[] names = {Metric.MINORITY_ANGLE_MIN, Metric.MINORITY_ANGLE_MEAN};
        if (counts.length != weights.rows()) {
            metrics.undefine("the class counts are not known", names);
            return;
        }
        if (Arrays.stream(counts).distinct().count() == 1) {
            metrics.undefine("the classes are balanced", names);
            return;
        }
        int[] minority = IntStream.range(0, counts.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer k) -> counts[k]))
                .limit(counts.length / 2)
                .mapToInt(Integer::intValue)
                .toArray();
        if (minority.length < 2) {
            metrics.undefine("the rarer half of the classes has fewer than two classes", names);
            return;
        }
        double min = Double.POSITIVE_INFINITY;
        double sum = 0;
        int pairs = 0;
        for (int a = 0; a < minority.length; a++) {
            for (int b = 0; b < a; b++) {
                double angle = angle(weights, minority[a], minority[b]);
                if (Double.isNaN(angle)) {
                    metrics.undefine("a row of the classifier is zero", names);
                    return;
                }
                min = Math.min(min, angle);
                sum += angle;
                pairs++;
            }
        }
        metrics.set(Metric.MINORITY_ANGLE_MIN, min);
        metrics.set(Metric.MINORITY_ANGLE_MEAN, sum / pairs);
    }

    /** 2·atan2(‖u−v‖, ‖u+v‖) of the unit vectors: exact for small angles, where acos loses half of the digits. */
    private static double angle(Matrix rows, int a, int b) {
        double normA = rows.rowNorm(a);
        double normB = rows.rowNorm(b);
        double difference = 0;
        double sum = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double u = rows.get(a, j) / normA;
            double v = rows.get(b, j) / normB;
            difference += (u - v) * (u - v);
            sum += (u + v) * (u + v);
        }
        return 2 * Math.atan2(Math.sqrt(difference), Math.sqrt(sum));
    }
}
