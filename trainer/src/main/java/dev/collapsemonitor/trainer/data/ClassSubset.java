package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.Arrays;

/** The same number of samples of every class. */
public record ClassSubset(int perClass, long seed) implements Transformation {
    public ClassSubset {
        if (perClass < 1) {
            throw new UserException("a subset of " + perClass + " samples per class is empty; ask for 1 or more");
        }
    }

    @Override
    public Samples apply(Samples samples) {
        long[] available = samples.classCounts();
        for (int k = 0; k < available.length; k++) {
            if (available[k] < perClass) {
                throw new UserException("class " + k + " has " + available[k] + " training samples, not the " + perClass
                        + " per class asked for; ask for "
                        + Arrays.stream(available).min().orElse(0) + " or fewer");
            }
        }
        long[] counts = new long[available.length];
        Arrays.fill(counts, perClass);
        return samples.select(ClassQuotas.positions(samples.labels(), counts, seed));
    }
}
