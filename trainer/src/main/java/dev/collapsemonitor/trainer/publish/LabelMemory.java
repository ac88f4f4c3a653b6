package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;

/** The labels of the mini-batch that is in training: DL4J's hooks are not given them. */
final class LabelMemory {
    private Optional<INDArray> labels = Optional.empty(); // one-hot
    private boolean watching;

    /** Whether anything feeds it. */
    boolean isWatching() {
        return watching;
    }

    /** From now on somebody feeds it. */
    void watch() {
        watching = true;
    }

    /** Takes the labels of the batch that is trained on next; they must not change until then. */
    void remember(DataSet batch) {
        watching = true;
        labels = Optional.of(oneHot(batch));
    }

    /** The labels of the batch in training. Looked at when they are needed: most steps publish nothing. */
    int[] labels() {
        return labels.map(NdArrays::argMax).orElseGet(() -> new int[0]);
    }

    /** The class of each sample: its largest label. */
    static int[] classes(DataSet batch) {
        return NdArrays.argMax(oneHot(batch));
    }

    private static INDArray oneHot(DataSet batch) {
        INDArray given = batch.getLabels();
        if (given == null || given.rank() != 2 || given.size(1) < 2) {
            throw new UserException("the labels of a mini-batch must be one-hot, samples x classes, of two or more");
        }
        return given;
    }
}
