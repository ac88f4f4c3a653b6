package dev.collapsemonitor.monitor.statistics;

/**
 * Bounds on what an accumulator keeps.
 *
 * @param maxScatterDimension above it no scatter matrix is kept, and what needs one is estimated from retained samples
 * @param maxRetainedBytes bytes of retained samples (features alone); all samples are kept while they fit
 * @param singlePrecisionFrom from this dimension on, the products of float32 features are formed in float32, unless the samples are
 *     so few that all are retained; below it float64 products are cheap and exact
 * @param maxRetainedRows rows of retained samples; of the two bounds the tighter one holds
 * @param retention which samples are retained when not all can be
 */
public record AccumulatorLimits(
        int maxScatterDimension,
        long maxRetainedBytes,
        int singlePrecisionFrom,
        int maxRetainedRows,
        Retention retention) {
    public static final AccumulatorLimits DEFAULT = new AccumulatorLimits(4096, 8 << 20, 512);

    private static final int MOST_ROWS = 1 << 24;

    /** Which samples are retained when not all can be. */
    public enum Retention {
        /** A random choice of all, the same whatever their order. */
        RANDOM,
        /** The last ones of each class. */
        NEWEST
    }

    /** Limits of a random choice of samples, bounded in bytes alone. */
    public AccumulatorLimits(int maxScatterDimension, long maxRetainedBytes, int singlePrecisionFrom) {
        this(maxScatterDimension, maxRetainedBytes, singlePrecisionFrom, MOST_ROWS, Retention.RANDOM);
    }

    /** The same limits, but the newest samples are retained, at most that many. */
    public AccumulatorLimits newest(long rows) {
        return new AccumulatorLimits(
                maxScatterDimension,
                maxRetainedBytes,
                singlePrecisionFrom,
                (int) Math.min(MOST_ROWS, rows),
                Retention.NEWEST);
    }

    /** The same limits for at most that many samples in all: what is never observed needs no memory. */
    public AccumulatorLimits forRows(long rows) {
        return new AccumulatorLimits(
                maxScatterDimension,
                maxRetainedBytes,
                singlePrecisionFrom,
                (int) Math.min(maxRetainedRows, rows),
                retention);
    }

    /**
     * Whether products are formed in float32. Those of samples that are retained as a whole are wanted in float64 in the end,
     * so these are formed in it at once.
     *
     * @param rows samples that are expected; {@link Long#MAX_VALUE} when that is not known
     */
    boolean singlePrecision(int classes, int dimension, boolean doubleFeatures, long rows) {
        boolean retained = retention == Retention.RANDOM && rows <= retainedRows(classes, dimension, doubleFeatures);
        boolean wanted = retained && dimension <= maxScatterDimension; // above it there are no products
        return !doubleFeatures && dimension >= singlePrecisionFrom && !wanted;
    }

    /** Rows within both bounds, at least two a class. */
    int retainedRows(int classes, int dimension, boolean doubles) {
        long rowBytes = (long) dimension * (doubles ? Double.BYTES : Float.BYTES);
        return (int) Math.max(2L * classes, Math.min(maxRetainedRows, maxRetainedBytes / rowBytes));
    }
}
