package dev.collapsemonitor.trainer.model;

/** What computes the convolutions of a network. */
public enum ConvolutionKind {
    /** {@link FastConvolution}. */
    FAST,
    /** DL4J's {@code ConvolutionLayer}: the same function, for comparison. */
    DL4J
}
