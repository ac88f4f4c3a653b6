package dev.collapsemonitor.monitor.statistics;

/**
 * Bounds on what an accumulator keeps.
 *
 * @param maxScatterDimension above it no scatter matrix is kept, and what needs one is estimated from retained samples
 * @param maxRetainedBytes bytes of retained samples (features alone); all samples are kept while they fit
 * @param singlePrecisionFrom from this dimension on, the products of float32 features are formed in float32; below it
 *     float64 products are cheap and exact
 */
public record AccumulatorLimits(int maxScatterDimension, long maxRetainedBytes, int singlePrecisionFrom) {
    public static final AccumulatorLimits DEFAULT = new AccumulatorLimits(4096, 8 << 20, 512);

    /** Rows that fit into {@link #maxRetainedBytes}, at least two a class. */
    int retainedRows(int classes, int dimension, boolean doubles) {
        long rowBytes = (long) dimension * (doubles ? Double.BYTES : Float.BYTES);
        return (int) Math.max(2L * classes, Math.min(1 << 24, maxRetainedBytes / rowBytes));
    }
}
