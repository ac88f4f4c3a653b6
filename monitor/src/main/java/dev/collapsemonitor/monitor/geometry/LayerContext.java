package dev.collapsemonitor.monitor.geometry;

/**
 * What some metrics of a layer need beside its statistics and weights.
 *
 * @param firstOmegas SNR singular values of the first snapshot of the attempt, or empty when there is none before this
 * @param signals back-propagated through the layer's output
 * @param effort how large a matrix may be that is factored
 */
public record LayerContext(double[] firstOmegas, Signals signals, Effort effort) {
    /** Nothing beside the snapshot itself: what needs more is undefined. */
    public static final LayerContext NONE =
            new LayerContext(new double[0], Signals.missing("no back-propagated signals were published"));

    /** What a snapshot needs. */
    public LayerContext(double[] firstOmegas, Signals signals) {
        this(firstOmegas, signals, Effort.SNAPSHOT);
    }

    /**
     * Back-propagated signals δ_i = ∂ℓ_i/∂(output of the layer) of all samples, ℓ_i the loss of one sample.
     *
     * @param variation TCV(δ) = tr S_W(δ)/N
     * @param outputs length of δ_i
     * @param missing why there are none; empty when there are
     */
    public record Signals(double variation, int outputs, String missing) {
        public static Signals of(double variation, int outputs) {
            return new Signals(variation, outputs, "");
        }

        /** No usable signals, for that reason. */
        public static Signals missing(String reason) {
            return new Signals(Double.NaN, 0, reason);
        }
    }
}
