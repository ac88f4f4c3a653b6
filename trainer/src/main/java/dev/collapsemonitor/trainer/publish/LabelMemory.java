package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;

/** The labels of the mini-batch that is in training: DL4J's hooks are not given them. */
final class LabelMemory {
    private Optional<DataSet> batch = Optional.empty();
    private boolean watching;

    /** Whether anything feeds it. */
    boolean isWatching() {
        return watching;
    }

    /** From now on somebody feeds it. */
    void watch() {
        watching = true;
    }

    /** Takes the batch that is trained on next. */
    void remember(DataSet next) {
        watching = true;
        batch = Optional.of(next);
    }

    /** The labels of the batch in training. Looked at when they are needed: most steps publish nothing. */
    int[] labels() {
        return batch.map(LabelMemory::classes).orElseGet(() -> new int[0]);
    }

    /** The class of each sample: its largest label. */
    static int[] classes(DataSet batch) {
        INDArray given = batch.getLabels();
        if (given == null || given.rank() != 2 || given.size(1) < 2) {
            throw new UserException("the labels of a mini-batch must be one-hot, samples x classes, of two or more");
        }
        return NdArrays.argMax(given);
    }
}
