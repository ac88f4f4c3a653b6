package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Layer;

/**
 * A layer with weights in a network of DL4J.
 *
 * @param position among all layers of the network
 * @param layer what the records say about it
 */
record WeightLayer(int position, Layer layer, WeightSet.Decaying decay) {}
