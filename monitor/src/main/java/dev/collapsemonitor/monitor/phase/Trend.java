package dev.collapsemonitor.monitor.phase;

import java.util.List;
import java.util.stream.Stream;

/**
 * Where a metric goes: the least-squares slope of its logarithm against the training clock, times the clock so far, so
 * that it is free of the clock's unit: what log(metric) would change by over as much training as was done.
 *
 * @param change NaN when there are too few points
 * @param error standard error of the change
 */
record Trend(double change, double error) {
    /** Too few points, or all at one time. */
    static final Trend UNKNOWN = new Trend(Double.NaN, Double.NaN);

    /** Smaller values are rounding, and 0, which an exact simplex ETF has, has no logarithm. */
    private static final double SMALLEST = 1e-12;

    /** A metric at a time of the clock. */
    record Point(double clock, double value) {}

    /** The trend of some points, ordered; those that are undefined are left out. */
    static Trend of(List<Point> points, double clockSoFar) {
        double[] x = defined(points).mapToDouble(Point::clock).toArray();
        double[] y = defined(points)
                .mapToDouble(point -> Math.log(Math.max(SMALLEST, point.value())))
                .toArray();
        int n = x.length;
        if (n < PhaseSettings.FEWEST_POINTS) {
            return UNKNOWN;
        }
        double meanX = mean(x);
        double meanY = mean(y);
        double xx = 0;
        double xy = 0;
        for (int i = 0; i < n; i++) {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }
        if (!(xx > 0)) {
            return UNKNOWN;
        }
        double slope = xy / xx;
        double residuals = 0;
        for (int i = 0; i < n; i++) {
            double residual = y[i] - meanY - slope * (x[i] - meanX);
            residuals += residual * residual;
        }
        return new Trend(slope * clockSoFar, Math.sqrt(residuals / (n - 2) / xx) * clockSoFar);
    }

    private static Stream<Point> defined(List<Point> points) {
        return points.stream().filter(point -> Double.isFinite(point.value()));
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    boolean falls(PhaseSettings settings) {
        return -change >= settings.trend() && -change >= settings.significance() * error;
    }

    boolean isKnown() {
        return !Double.isNaN(change);
    }

    /** Surely does not fall, which is more than that no fall can be shown: noise hides both. */
    boolean stays(PhaseSettings settings) {
        return change - settings.significance() * error > -settings.trend();
    }

    boolean rises(PhaseSettings settings) {
        return change >= settings.trend() && change >= settings.significance() * error;
    }
}
