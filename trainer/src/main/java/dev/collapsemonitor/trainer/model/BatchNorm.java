package dev.collapsemonitor.trainer.model;

/** Where a network normalises over the batch. */
public enum BatchNorm {
    /** Nowhere. */
    NONE,
    /** After each hidden weight layer. */
    ALL,
    /** Once, before the last hidden non-linearity: what the classifier sees is normalised, nothing else. */
    LAST;

    /** Whether hidden layer {@code index} of {@code count} is normalised. */
    boolean after(int index, int count) {
        return this == ALL || (this == LAST && index == count - 1);
    }
}
