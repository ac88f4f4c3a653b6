package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;

/**
 * A layer with weights in a network of DL4J.
 *
 * @param node its position among the network's nodes
 * @param source the layer itself
 * @param layer what the records say about it
 * @param coupledDecay the coupled part of its weight decay
 */
record WeightLayer(
        int node, org.deeplearning4j.nn.api.Layer source, Layer layer, WeightSet.Decaying decay, double coupledDecay) {
    boolean isDense() {
        return layer.getKind() == LayerKind.DENSE;
    }

    String name() {
        return layer.getName();
    }

    int featureDim() {
        return Math.toIntExact(layer.getFeatureDim());
    }

    /** Rows of the weights. */
    int outputs() {
        return Math.toIntExact(layer.getWeightDims(0));
    }

    /** Columns of the weights. */
    int columns() {
        return Math.toIntExact(layer.getWeightDims(1));
    }
}
