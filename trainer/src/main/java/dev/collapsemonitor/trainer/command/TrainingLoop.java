package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.model.ShuffledBatches;
import java.util.function.IntConsumer;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Trains a network, new or restored, up to so many epochs.
 *
 * @param batches fresh, at their first epoch
 */
record TrainingLoop(TrainableNetwork network, ShuffledBatches batches, int epochs) {
    /**
     * Trains.
     *
     * @param iterator the batches, or what watches them
     * @param afterEpoch is told how many epochs are complete, after each
     */
    void run(DataSetIterator iterator, IntConsumer afterEpoch) {
        // The order of the samples in epoch e is what e shuffles make of it, so a restored network has the same.
        for (int epoch = 0; epoch < network.epochs(); epoch++) {
            batches.reset();
        }
        while (network.epochs() < epochs) {
            network.fitOneEpoch(iterator);
            afterEpoch.accept(network.epochs());
        }
    }
}
