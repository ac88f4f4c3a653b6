package dev.collapsemonitor.monitor.statistics;

/**
 * A growing sum Σ x xᵀ of centred rows, dimension × dimension, kept as the packed lower triangle in float64. Where the
 * products are formed (float32 or float64) is the implementation's.
 */
interface Scatter extends AutoCloseable {

    /** The sum so far, packed lower triangle by rows; valid until the next addition. */
    double[] packed();

    /** Starts from a sum that {@link #packed} gave earlier. */
    void restore(double[] sum);

    /** Multiplies the sum by a factor. */
    void scale(double factor);

    /** Bytes held, on and off the heap. */
    long memoryBytes();

    @Override
    void close();

    /** Length of the packed lower triangle. */
    static int packedLength(int dimension) {
        return Math.toIntExact((long) dimension * (dimension + 1) / 2);
    }
}
