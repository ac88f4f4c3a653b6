package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;

/**
 * A class-balanced subset of so many samples in all, or as near as the classes allow; everything when there are no more.
 */
public record TotalSubset(int samples, long seed) implements Transformation {
    public TotalSubset {
        if (samples < 1) {
            throw new UserException("a subset of " + samples + " training samples is empty; ask for 1 or more");
        }
    }

    @Override
    public Samples apply(Samples all) {
        return all.balancedSubset(samples, seed);
    }
}
