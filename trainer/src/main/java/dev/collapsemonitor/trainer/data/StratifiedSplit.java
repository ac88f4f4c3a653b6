package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import java.util.stream.IntStream;

/** A random split that takes the same share of every class: round(fraction·n_k), at least one and never all. */
record StratifiedSplit(Samples train, Samples test) {
    /**
     * Splits samples, keeping their order in both parts.
     *
     * @param origin names the data in a message
     */
    static StratifiedSplit of(Samples samples, List<String> classNames, double testFraction, long seed, String origin) {
        long[] counts = samples.classCounts();
        long[] quotas = new long[counts.length];
        for (int k = 0; k < counts.length; k++) {
            if (counts[k] < 2) {
                throw new UserException(origin + ": class " + classNames.get(k) + " has " + counts[k]
                        + " sample(s), too few for a training and a test set;"
                        + " is the label column right? Give each class 2 or more");
            }
            quotas[k] = Math.min(counts[k] - 1, Math.max(1, Math.round(testFraction * counts[k])));
        }
        int[] test = ClassQuotas.positions(samples.labels(), quotas, seed);
        boolean[] taken = new boolean[samples.size()];
        for (int position : test) {
            taken[position] = true;
        }
        int[] train = IntStream.range(0, samples.size()).filter(i -> !taken[i]).toArray();
        return new StratifiedSplit(samples.select(train), samples.select(test));
    }
}
