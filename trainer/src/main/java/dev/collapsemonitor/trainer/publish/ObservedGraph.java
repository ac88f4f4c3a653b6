package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.LayerVertex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph of one input and one output, its vertices in topological order. */
final class ObservedGraph implements ObservedNetwork {
    private final ComputationGraph graph;
    private final List<GraphVertex> vertices;
    private final List<NetworkNode> nodes;

    private ObservedGraph(ComputationGraph graph, List<GraphVertex> vertices, List<NetworkNode> nodes) {
        this.graph = graph;
        this.vertices = vertices;
        this.nodes = nodes;
    }

    static ObservedGraph of(ComputationGraph graph) {
        if (graph.getNumInputArrays() != 1 || graph.getNumOutputArrays() != 1) {
            throw new UserException("a graph of " + graph.getNumInputArrays() + " inputs and "
                    + graph.getNumOutputArrays() + " outputs cannot be published; it needs one of each");
        }
        List<GraphVertex> vertices = new ArrayList<>();
        List<NetworkNode> nodes = new ArrayList<>();
        Map<Integer, Integer> positions = new HashMap<>(); // of vertices among the nodes
        for (int index : graph.topologicalSortOrder()) {
            GraphVertex vertex = graph.getVertices()[index];
            List<Integer> inputs = new ArrayList<>();
            if (!vertex.isInputVertex()) {
                for (VertexIndices from : vertex.getInputVertices()) {
                    inputs.add(positions.get(from.getVertexIndex()));
                }
            }
            positions.put(index, nodes.size());
            vertices.add(vertex);
            nodes.add(node(vertex, inputs));
        }
        String output = graph.getConfiguration().getNetworkOutputs().get(0);
        if (!vertices.get(vertices.size() - 1).getVertexName().equals(output)) {
            throw new UserException(
                    "vertex " + vertices.get(vertices.size() - 1).getVertexName()
                            + " of the graph does not lead to its output " + output + "; remove it");
        }
        return new ObservedGraph(graph, vertices, nodes);
    }

    private static NetworkNode node(GraphVertex vertex, List<Integer> inputs) {
        if (vertex.isInputVertex()) {
            return new NetworkNode.Source();
        }
        if (vertex instanceof LayerVertex layer) {
            return new NetworkNode.OfLayer(
                    vertex.getVertexName(),
                    layer.getLayer(),
                    Optional.ofNullable(layer.getLayerPreProcessor()),
                    List.copyOf(inputs));
        }
        return new NetworkNode.OfVertex(vertex, List.copyOf(inputs));
    }

    @Override
    public List<NetworkNode> nodes() {
        return nodes;
    }

    @Override
    public INDArray trainingInput(int node, Object activations) {
        GraphVertex from = vertices.get(nodes.get(node).inputs().get(0));
        return (INDArray) ((Map<?, ?>) activations).get(from.getVertexName());
    }

    @Override
    public int steps() {
        return graph.getIterationCount();
    }

    @Override
    public int epochs() {
        return graph.getEpochCount();
    }

    @Override
    public double learningRate(int node) {
        Double rate = graph.getLearningRate(vertices.get(node).getVertexName());
        return rate == null ? Double.NaN : rate;
    }

    @Override
    public void clear() {
        graph.clearLayersStates();
        // The vertices hold the activations of the pass as well.
        Arrays.stream(graph.getVertices()).forEach(GraphVertex::clear);
    }

    @Override
    public Model copy() {
        ComputationGraph copy = graph.clone();
        ObservedNetwork.forget(copy.getUpdater().getStateViewArray());
        return copy;
    }
}
