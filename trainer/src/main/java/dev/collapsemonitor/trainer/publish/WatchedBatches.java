package dev.collapsemonitor.trainer.publish;

import java.util.List;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Batches whose labels are remembered as they are handed out. Never asynchronous: a batch fetched ahead would lend its
 * labels to the batch before it.
 */
final class WatchedBatches implements DataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient DataSetIterator source;
    private final transient LabelMemory memory;

    WatchedBatches(DataSetIterator source, LabelMemory memory) {
        this.source = source;
        this.memory = memory;
        memory.watch();
    }

    private DataSet remember(DataSet batch) {
        memory.remember(batch);
        return batch;
    }

    @Override
    public DataSet next() {
        return remember(source.next());
    }

    @Override
    public DataSet next(int count) {
        return remember(source.next(count));
    }

    @Override
    public boolean hasNext() {
        return source.hasNext();
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public boolean resetSupported() {
        return source.resetSupported();
    }

    @Override
    public void reset() {
        source.reset();
    }

    @Override
    public int inputColumns() {
        return source.inputColumns();
    }

    @Override
    public int totalOutcomes() {
        return source.totalOutcomes();
    }

    @Override
    public int batch() {
        return source.batch();
    }

    @Override
    public void setPreProcessor(DataSetPreProcessor preProcessor) {
        source.setPreProcessor(preProcessor);
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return source.getPreProcessor();
    }

    @Override
    public List<String> getLabels() {
        return source.getLabels();
    }
}
