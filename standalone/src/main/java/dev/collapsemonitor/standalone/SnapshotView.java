package dev.collapsemonitor.standalone;

import java.util.Map;

/**
 * One snapshot of the classifier as the monitor's API shows it.
 *
 * @param metrics by exported name, without those that are undefined
 */
record SnapshotView(long step, double epoch, Map<String, Double> metrics) {
    /** A metric, NaN when it is undefined. */
    double metric(String name) {
        return metrics.getOrDefault(name, Double.NaN);
    }
}
