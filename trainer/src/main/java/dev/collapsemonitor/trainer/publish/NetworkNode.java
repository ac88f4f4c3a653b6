package dev.collapsemonitor.trainer.publish;

import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;

/**
 * One node of a network seen as a directed acyclic graph; a plain sequence of layers is one, too.
 */
sealed interface NetworkNode {
    /** Positions of the nodes whose activations this one takes, in order. */
    List<Integer> inputs();

    /** Where the samples come in. */
    record Source() implements NetworkNode {
        @Override
        public List<Integer> inputs() {
            return List.of();
        }
    }

    /**
     * A layer.
     *
     * @param name as the network gives it; empty when it gives none
     * @param preProcessor reshapes what comes in
     */
    record OfLayer(String name, Layer layer, Optional<InputPreProcessor> preProcessor, List<Integer> inputs)
            implements NetworkNode {}

    /** Something without weights between layers, such as a sum or a concatenation. */
    record OfVertex(GraphVertex vertex, List<Integer> inputs) implements NetworkNode {}
}
