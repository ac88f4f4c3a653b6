package dev.collapsemonitor.trainer.publish;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradients of the weights of dense layers, summed over samples that come batch by batch. */
final class WeightGradients {
    private final Map<Integer, INDArray> sums = new HashMap<>(); // Σ h δᵀ by node, in x out as DL4J keeps the weights
    private long samples;

    /**
     * Takes a batch.
     *
     * @param pass that fed it forward
     * @param signals of each layer, samples x outputs
     */
    void add(EvaluationPass pass, Map<Integer, INDArray> signals, int rows) {
        signals.forEach(
                (node, signal) -> sums.merge(node, pass.input(node).transpose().mmul(signal), INDArray::addi));
        samples += rows;
    }

    /** ‖(1/N) Σ δhᵀ + λW‖_F with the coupled λ; 0 for a layer whose signals were not taken. */
    double norm(WeightLayer layer) {
        INDArray sum = sums.get(layer.node());
        if (sum == null) {
            return 0;
        }
        INDArray decay =
                layer.source().getParam(DefaultParamInitializer.WEIGHT_KEY).mul(layer.coupledDecay());
        return sum.div(samples).addi(decay).norm2Number().doubleValue();
    }
}
