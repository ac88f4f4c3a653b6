package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;

/**
 * Logits of a batch of one class and of a fixed probe set, in evaluation mode, before and after one update on that batch
 * (arXiv 1910.06943).
 */
final class ElasticityMeasurement {
    private final ObservedNetwork network;
    private final int classifier; // its node
    private final INDArray batch;
    private final int batchClass;
    private final SnapshotSamples probes;
    private final Tensor batchBefore;
    private final Tensor probesBefore;

    /** Measures the state before the update. */
    ElasticityMeasurement(ObservedNetwork network, int classifier, DataSet batch, SnapshotSamples probes) {
        this.network = network;
        this.classifier = classifier;
        this.batch = batch.getFeatures();
        this.probes = probes;
        int[] labels = LabelMemory.classes(batch);
        batchClass = labels[0];
        if (Arrays.stream(labels).anyMatch(label -> label != batchClass)) {
            throw new UserException("local elasticity needs a batch of one class; this one holds several");
        }
        batchBefore = logits(this.batch);
        probesBefore = logits(probes.inputs());
    }

    /** Measures the state after the update. */
    ElasticityProbe after() {
        return ElasticityProbe.newBuilder()
                .setBatchClass(batchClass)
                .setBatchBefore(batchBefore)
                .setBatchAfter(logits(batch))
                .addAllProbeLabels(Arrays.stream(probes.labels()).boxed().toList())
                .setProbeBefore(probesBefore)
                .setProbeAfter(logits(probes.inputs()))
                .build();
    }

    private Tensor logits(INDArray samples) {
        List<NetworkNode> nodes = network.nodes();
        try {
            EvaluationPass pass = EvaluationPass.over(nodes, samples);
            NetworkNode.OfLayer last = (NetworkNode.OfLayer) nodes.get(classifier);
            INDArray logits = LayerGradient.affine(last.layer(), pass.input(classifier));
            return TensorCodec.floats(NdArrays.floats(logits), logits.size(0), logits.size(1));
        } finally {
            network.clear();
        }
    }
}
