package dev.collapsemonitor.standalone.bench;

import java.util.Arrays;

/** Percentiles of what was measured: always one of the values, the nearest rank from above. */
final class Percentiles {
    private final double[] sorted;

    Percentiles(double[] values) {
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** The smallest value that at least that share of all values does not exceed; NaN of none. */
    double at(double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
    }
}
