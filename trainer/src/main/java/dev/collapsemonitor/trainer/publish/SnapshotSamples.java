package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.BalancedSubset;
import dev.collapsemonitor.trainer.data.Samples;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The samples that snapshots are taken of.
 *
 * @param inputs of the network, samples along the first dimension
 * @param labels in [0, classes)
 * @param classCounts samples per class in the set that these were chosen from
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
public record SnapshotSamples(INDArray inputs, int[] labels, int classes, long[] classCounts) {
    /** A class-balanced choice of at most {@code limit} of the given samples. */
    public static SnapshotSamples of(Samples samples, int limit, long seed) {
        Samples chosen = samples.balancedSubset(limit, seed);
        INDArray inputs = Nd4j.createFromArray(chosen.features()).reshape('c', chosen.size(), chosen.dimension());
        return new SnapshotSamples(inputs, chosen.labels(), samples.classes(), samples.classCounts());
    }

    /**
     * A class-balanced choice of at most {@code limit} samples of a data set of DL4J.
     *
     * @param data labels one-hot, samples x classes
     */
    public static SnapshotSamples of(DataSet data, int limit, long seed) {
        if (data.getLabels() == null
                || data.getLabels().rank() != 2
                || data.getLabels().size(1) < 2) {
            throw new UserException("snapshots need one-hot labels, samples x classes, of two classes or more");
        }
        int classes = (int) data.getLabels().size(1);
        int[] labels = data.getLabels().argMax(1).toIntVector();
        long[] counts = new long[classes];
        for (int label : labels) {
            counts[label]++;
        }
        int[] positions = BalancedSubset.positions(labels, classes, limit, seed);
        int[] chosen = new int[positions.length];
        for (int i = 0; i < positions.length; i++) {
            chosen[i] = labels[positions[i]];
        }
        return new SnapshotSamples(select(data.getFeatures(), positions), chosen, classes, counts);
    }

    /** Samples of any shape, along the first dimension. */
    private static INDArray select(INDArray inputs, int... positions) {
        long[] shape = inputs.shape().clone();
        INDArray flat = inputs.dup('c').reshape('c', shape[0], inputs.length() / shape[0]);
        shape[0] = positions.length;
        return Nd4j.pullRows(flat, 1, positions, 'c').reshape('c', shape);
    }

    /** Inputs {@code from} to {@code to - 1}, in an array of their own. */
    INDArray rows(int from, int to) {
        INDArrayIndex[] indices = new INDArrayIndex[inputs.rank()];
        Arrays.fill(indices, NDArrayIndex.all());
        indices[0] = NDArrayIndex.interval(from, to);
        return inputs.get(indices).dup('c');
    }

    int size() {
        return labels.length;
    }
}
