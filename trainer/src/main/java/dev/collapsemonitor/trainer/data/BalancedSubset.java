package dev.collapsemonitor.trainer.data;

/** Chooses class-balanced subsets. */
public final class BalancedSubset {
    private BalancedSubset() {}

    /**
     * Positions of a random subset with the same number of every class, or as near as {@code limit} and the classes
     * allow; increasing, and the same for the same seed.
     *
     * @param labels in [0, classes)
     * @param limit most positions to choose; all when there are no more
     */
    public static int[] positions(int[] labels, int classes, int limit, long seed) {
        return ClassQuotas.positions(labels, quotas(labels, classes, Math.min(limit, labels.length)), seed);
    }

    /** How many of each class to take: round robin over the classes that have some left. */
    private static long[] quotas(int[] labels, int classes, int limit) {
        long[] available = new long[classes];
        for (int label : labels) {
            available[label]++;
        }
        long[] quotas = new long[classes];
        int taken = 0;
        while (taken < limit) {
            for (int k = 0; k < classes && taken < limit; k++) {
                if (quotas[k] < available[k]) {
                    quotas[k]++;
                    taken++;
                }
            }
        }
        return quotas;
    }
}
