package dev.collapsemonitor.trainer.arrays;

import java.util.Optional;

/** Where the arrays of one layer are: each {@code FILE.npy}, or {@code FILE.npz:NAME} for a member of an archive. */
public record ArrayLocations(
        Optional<String> features,
        Optional<String> labels,
        Optional<String> predictions,
        Optional<String> weights,
        Optional<String> bias) {
    /** No array. */
    public static final ArrayLocations NONE = new ArrayLocations(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
