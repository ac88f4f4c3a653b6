package dev.collapsemonitor.monitor.oracle;

/**
 * For an update on a batch x of one class taking weights w to w⁺, and a probe sample x′: relative similarity =
 * ‖f(x′,w⁺) − f(x′,w)‖ / mean over the batch of ‖f(x,w⁺) − f(x,w)‖, f the logits. local_elasticity_within, _between:
 * mean over probes of the same class, of other classes.
 *
 * @param within NaN without probes of the class, or when the batch did not move
 * @param between NaN without probes of other classes, or when the batch did not move
 */
public record SlowElasticity(double within, double between) {

    /** Logits: one row per sample, before and after the update. */
    public static SlowElasticity of(
            int batchClass,
            double[][] batchBefore,
            double[][] batchAfter,
            int[] probeClasses,
            double[][] probesBefore,
            double[][] probesAfter) {
        double moved = 0;
        for (int i = 0; i < batchBefore.length; i++) {
            moved += Math.sqrt(Sums.squaredDistance(batchAfter[i], batchBefore[i])) / batchBefore.length;
        }
        double[] sum = new double[2];
        int[] probes = new int[2];
        for (int i = 0; i < probeClasses.length; i++) {
            int side = probeClasses[i] == batchClass ? 0 : 1;
            sum[side] += Math.sqrt(Sums.squaredDistance(probesAfter[i], probesBefore[i])) / moved;
            probes[side]++;
        }
        return moved == 0
                ? new SlowElasticity(Double.NaN, Double.NaN)
                : new SlowElasticity(sum[0] / probes[0], sum[1] / probes[1]);
    }
}
