package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the publisher needs to see of a network of DL4J, of either kind. */
sealed interface ObservedNetwork permits ObservedSequence, ObservedGraph {
    /**
     * Observes a network.
     *
     * @throws UserException for anything but a {@link MultiLayerNetwork} or a {@link ComputationGraph} of one input and one
     *     output
     */
    static ObservedNetwork of(Model model) {
        if (model instanceof MultiLayerNetwork network) {
            return new ObservedSequence(network);
        }
        if (model instanceof ComputationGraph graph) {
            return ObservedGraph.of(graph);
        }
        throw new UserException("CollapsePublisher takes a MultiLayerNetwork or a ComputationGraph, not a "
                + model.getClass().getSimpleName());
    }

    /** The nodes in topological order, the source first and the loss last. */
    List<NetworkNode> nodes();

    /**
     * The activation that the present training pass feeds into a layer, before its preprocessor; in the workspace.
     *
     * @param activations what the hook was given: a list or a map
     */
    INDArray trainingInput(int node, Object activations);

    /** Optimizer updates made. */
    int steps();

    /** Epochs completed, while an epoch is under way. */
    int epochs();

    /** Rate of the next update of a layer; NaN when its rule has none. */
    double learningRate(int node);

    /** Lets the layers forget what an evaluation pass left in them. */
    void clear();

    /** A copy with weights of its own, whose optimizer has no past: momentum would mix older batches into its update. */
    Model copy();

    /** Clears an optimizer's state. */
    static void forget(INDArray state) {
        if (state != null) { // a rule without state has none
            state.assign(0);
        }
    }
}
