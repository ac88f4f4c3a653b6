package dev.collapsemonitor.trainer.data;

import java.util.Arrays;
import java.util.SplittableRandom;

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
        long[] left = quotas(labels, classes, Math.min(limit, labels.length));
        return Arrays.stream(shuffledPositions(labels.length, new SplittableRandom(seed)))
                .filter(position -> left[labels[position]]-- > 0)
                .sorted()
                .toArray();
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

    private static int[] shuffledPositions(int size, SplittableRandom random) {
        int[] positions = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            positions[i] = positions[j];
            positions[j] = i;
        }
        return positions;
    }
}
