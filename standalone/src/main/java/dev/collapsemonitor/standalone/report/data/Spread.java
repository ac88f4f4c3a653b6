package dev.collapsemonitor.standalone.report.data;

import java.util.List;

/**
 * A quantity over the runs of a setting.
 *
 * @param runs of the setting
 * @param n how many of them have a value
 * @param mean of the values; NaN without any
 * @param deviation the sample standard deviation (n − 1); NaN with less than two values
 * @param min the smallest value; NaN without any
 * @param max the largest value; NaN without any
 */
public record Spread(int runs, int n, double mean, double deviation, double min, double max) {
    /** Of values, NaN where a run has none. */
    public static Spread of(List<Double> values) {
        double[] defined = values.stream()
                .mapToDouble(Double::doubleValue)
                .filter(value -> !Double.isNaN(value))
                .toArray();
        int n = defined.length;
        double min = n == 0 ? Double.NaN : Double.POSITIVE_INFINITY;
        double max = n == 0 ? Double.NaN : Double.NEGATIVE_INFINITY;
        double sum = 0;
        for (double value : defined) {
            sum += value;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        double mean = sum / n; // NaN without values
        double squares = 0;
        for (double value : defined) {
            squares += (value - mean) * (value - mean);
        }
        return new Spread(values.size(), n, mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1)), min, max);
    }
}
