package dev.collapsemonitor.monitor.exposition;

/** Numbers as JSON can say them. */
final class Numbers {
    private Numbers() {}

    /** JSON has no NaN and no infinity: null. */
    static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
