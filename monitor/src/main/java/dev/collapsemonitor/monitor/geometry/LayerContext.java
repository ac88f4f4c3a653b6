package dev.collapsemonitor.monitor.geometry;

/**
 * What some metrics of a layer need beside its statistics and weights.
 *
 * @param firstOmegas SNR singular values of the first snapshot of the attempt, or empty when there is none before this
 */
public record LayerContext(double[] firstOmegas) {
    /** Nothing beside the snapshot itself: what needs more is undefined. */
    public static final LayerContext NONE = new LayerContext(new double[0]);
}
