package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Symmetric label noise: round(share·N) labels, chosen at random, each become one of the other classes with equal
 * probability. No changed label keeps its class.
 */
public record LabelNoise(double share, long seed) implements Transformation {
    // So that the noise does not follow the order in which a subset with the same seed was drawn.
    private static final long SALT = 0x6e6f697365L;

    public LabelNoise {
        if (!(share >= 0 && share <= 1)) {
            throw new UserException("label noise " + share + " is not a share between 0 and 1");
        }
    }

    /**
     * Samples with noisy labels.
     *
     * @param changed positions of the changed labels, increasing
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
    public record Noisy(Samples samples, int[] changed) {}

    @Override
    public Samples apply(Samples samples) {
        return corrupt(samples).samples();
    }

    /** Changes labels and says which. */
    public Noisy corrupt(Samples samples) {
        int classes = samples.classes();
        if (classes < 2) {
            throw new UserException("label noise needs 2 classes or more; the data set has " + classes);
        }
        SplittableRandom random = new SplittableRandom(seed ^ SALT);
        int count = Math.toIntExact(Math.round(share * samples.size()));
        int[] changed = Arrays.copyOf(ClassQuotas.shuffled(samples.size(), random), count);
        Arrays.sort(changed);
        int[] labels = samples.labels().clone();
        for (int position : changed) {
            labels[position] = (labels[position] + 1 + random.nextInt(classes - 1)) % classes;
        }
        return new Noisy(new Samples(samples.features(), labels, samples.dimension(), classes), changed);
    }
}
