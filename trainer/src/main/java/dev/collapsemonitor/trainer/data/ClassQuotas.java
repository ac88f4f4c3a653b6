package dev.collapsemonitor.trainer.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Chooses so many samples of each class at random. */
final class ClassQuotas {
    private ClassQuotas() {}

    /**
     * Positions of the chosen samples, increasing, the same for the same seed.
     *
     * @param counts how many to choose of each class
     */
    static int[] positions(int[] labels, long[] counts, long seed) {
        long[] left = counts.clone();
        return Arrays.stream(shuffled(labels.length, new SplittableRandom(seed)))
                .filter(position -> left[labels[position]]-- > 0)
                .sorted()
                .toArray();
    }

    /** The numbers from 0 to {@code size - 1} in random order. */
    static int[] shuffled(int size, SplittableRandom random) {
        int[] positions = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            positions[i] = positions[j];
            positions[j] = i;
        }
        return positions;
    }
}
