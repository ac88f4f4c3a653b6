package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.Samples;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Mini-batches of a training set with one-hot labels, in a new order every epoch that depends on the seed alone. */
public final class ShuffledBatches implements DataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient Samples samples;
    private final int batchSize;
    private final transient SplittableRandom random;
    private final int[] order;
    private int position;

    /** Batches of {@code batchSize}; the last of an epoch is smaller when the samples do not divide evenly. */
    public ShuffledBatches(Samples samples, int batchSize, long seed) {
        this.samples = samples;
        this.batchSize = batchSize;
        this.random = new SplittableRandom(seed);
        this.order = new int[samples.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        reset();
    }

    /** Batches of one epoch. */
    public int batchesPerEpoch() {
        return (order.length + batchSize - 1) / batchSize;
    }

    @Override
    public boolean hasNext() {
        return position < order.length;
    }

    @Override
    public DataSet next() {
        return next(batchSize);
    }

    @Override
    public DataSet next(int count) {
        if (!hasNext()) {
            throw new NoSuchElementException("the epoch has no further batch; reset() begins a new one");
        }
        int size = Math.min(count, order.length - position);
        int dimension = samples.dimension();
        float[] features = new float[size * dimension];
        float[] labels = new float[size * samples.classes()];
        for (int i = 0; i < size; i++) {
            int sample = order[position + i];
            System.arraycopy(samples.features(), sample * dimension, features, i * dimension, dimension);
            labels[i * samples.classes() + samples.labels()[sample]] = 1;
        }
        position += size;
        return new DataSet(matrix(features, size), matrix(labels, size));
    }

    private static INDArray matrix(float[] values, int rows) {
        return Nd4j.createFromArray(values).reshape('c', rows, values.length / rows);
    }

    @Override
    public void reset() {
        position = 0;
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /** False: assembling a batch is cheap, and a thread for it would take the core of another run. */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public int inputColumns() {
        return samples.dimension();
    }

    @Override
    public int totalOutcomes() {
        return samples.classes();
    }

    @Override
    public int batch() {
        return batchSize;
    }

    @Override
    public void setPreProcessor(DataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("preprocess the samples instead");
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return null; // DL4J's way to say: none
    }

    @Override
    public List<String> getLabels() {
        return null; // DL4J's way to say: no names
    }
}
