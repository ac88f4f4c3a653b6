package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One batch on its way through a network and back, in evaluation mode and at frozen weights: dropout is off and batch
 * normalisation uses its running statistics, on the way back too. Uses the network's own layers, so nothing else may use
 * them meanwhile; the caller clears the network afterwards.
 */
final class EvaluationPass {
    private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

    private final List<NetworkNode> nodes;
    private final INDArray[] inputs; // of layers, preprocessed
    private final INDArray[] outputs;
    private final int rows;

    private EvaluationPass(List<NetworkNode> nodes, int rows) {
        this.nodes = nodes;
        this.rows = rows;
        inputs = new INDArray[nodes.size()];
        outputs = new INDArray[nodes.size()];
    }

    /** Feeds samples forward. */
    static EvaluationPass over(List<NetworkNode> nodes, INDArray samples) {
        EvaluationPass pass = new EvaluationPass(nodes, (int) samples.size(0));
        for (int i = 0; i < nodes.size(); i++) {
            pass.outputs[i] = pass.forward(i, samples);
        }
        return pass;
    }

    private INDArray forward(int position, INDArray samples) {
        NetworkNode node = nodes.get(position);
        if (node instanceof NetworkNode.OfLayer of) {
            INDArray given = outputs[of.inputs().get(0)];
            INDArray input =
                    of.preProcessor().isPresent() ? of.preProcessor().get().preProcess(given, rows, NONE) : given;
            inputs[position] = input;
            of.layer().setInputMiniBatchSize(rows);
            return of.layer().activate(worksInPlace(of.layer()) ? input.dup() : input, false, NONE);
        }
        if (node instanceof NetworkNode.OfVertex of) {
            for (int i = 0; i < of.inputs().size(); i++) {
                of.vertex().setInput(i, outputs[of.inputs().get(i)], NONE);
            }
            return of.vertex().doForward(false, NONE);
        }
        return samples;
    }

    /** Outside of training these overwrite their input, which others may need. */
    private static boolean worksInPlace(Layer layer) {
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        return conf instanceof ActivationLayer || conf instanceof DropoutLayer || conf instanceof LossLayer;
    }

    /** What a layer was given, after its preprocessor. */
    INDArray input(int layer) {
        return inputs[layer];
    }

    /** What the network put out. */
    INDArray output() {
        return outputs[outputs.length - 1];
    }

    /** Values of all activations together. */
    long values() {
        long sum = 0;
        for (INDArray output : outputs) {
            sum += output.length();
        }
        return sum;
    }

    /**
     * Goes back from the loss.
     *
     * @param labels one-hot
     * @param wanted positions of dense layers
     * @return of each wanted layer the gradient of the summed loss by its output before the activation function, samples x
     *     outputs
     */
    Map<Integer, INDArray> signals(INDArray labels, Set<Integer> wanted) {
        Map<Integer, INDArray> found = new HashMap<>();
        INDArray[] gradients = new INDArray[nodes.size()]; // of the loss, by the activations
        for (int i = nodes.size() - 1; found.size() < wanted.size(); i--) {
            NetworkNode node = nodes.get(i);
            if (node instanceof NetworkNode.OfLayer of) {
                LayerGradient back = i == nodes.size() - 1
                        ? LayerGradient.ofLoss(of.layer(), inputs[i], labels)
                        : LayerGradient.of(of.layer(), inputs[i], gradients[i]);
                if (wanted.contains(i)) {
                    found.put(i, back.byPreActivation());
                }
                if (found.size() < wanted.size()) {
                    INDArray gradient = back.byInput();
                    add(
                            gradients,
                            of.inputs().get(0),
                            of.preProcessor().isPresent()
                                    ? of.preProcessor().get().backprop(gradient, rows, NONE)
                                    : gradient);
                }
            } else if (node instanceof NetworkNode.OfVertex of) {
                INDArray[] back = backward(of.vertex(), gradients[i]);
                for (int j = 0; j < back.length; j++) {
                    add(gradients, of.inputs().get(j), back[j]);
                }
            } else {
                throw new UserException("a layer whose back-propagated signals are wanted does not lead to the loss;"
                        + " name the layers that do with layers(…)");
            }
            gradients[i] = null; // used up: the memory is wanted for the next
        }
        return found;
    }

    private static INDArray[] backward(GraphVertex vertex, INDArray gradient) {
        vertex.setEpsilon(gradient);
        Pair<?, INDArray[]> back = vertex.doBackward(false, NONE);
        return back.getSecond();
    }

    private static void add(INDArray[] gradients, int node, INDArray gradient) {
        gradients[node] = gradients[node] == null ? gradient : gradients[node].add(gradient);
    }
}
