package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A fully connected network with shortcuts: h₀ = ReLU(W₀x), h_i = h_{i−1} + ReLU(W_i h_{i−1}), with batch normalisation
 * before the ReLU (or not). Where the width changes, the shortcut is a matrix without bias.
 *
 * @param widths of the hidden layers, from the input on; at least one
 * @param bias of the layers that batch normalisation does not follow, the classifier included
 */
public record ResidualMlp(List<Integer> widths, BatchNorm norm, boolean bias) implements Architecture {
    public ResidualMlp {
        widths = List.copyOf(widths);
        if (widths.isEmpty()) {
            throw new UserException("residual-mlp needs at least one hidden width; without, use mlp");
        }
    }

    @Override
    public String name() {
        return "residual-mlp";
    }

    @Override
    public ComputationGraph build(SampleShape shape, int classes, Training training) {
        GraphNetwork graph = GraphNetwork.onVectors(shape, training);
        GraphNetwork.Node node = GraphNetwork.input(shape.length());
        for (int i = 0; i < widths.size(); i++) {
            int width = widths.get(i);
            boolean normalised = norm.after(i, widths.size());
            GraphNetwork.Node branch = graph.dense("dense" + i, node, width, bias && !normalised);
            branch = graph.relu("relu" + i, graph.norm(normalised, "norm" + i, branch));
            if (i > 0) {
                GraphNetwork.Node shortcut = node.channels() == width ? node : graph.linear("project" + i, node, width);
                branch = graph.add("add" + i, branch, shortcut);
            }
            node = branch;
        }
        return graph.classify(node, classes, bias);
    }
}
