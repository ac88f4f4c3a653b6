package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;

/**
 * What all parts of one feature set say alike.
 *
 * @param mode exact, at frozen weights, or of a mini-batch in training
 * @param weightsFollow whether the layer's weights of the same step are published too
 */
public record FeatureHeader(Layer layer, Mode mode, Split split, int classes, boolean weightsFollow) {}
