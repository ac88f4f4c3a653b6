package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.data.Samples;
import java.util.Arrays;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** A network of either kind of DL4J, which has no common type for the two that can be trained. */
record TrainableNetwork(Model model) {
    private static final int EVALUATION_BATCH = 500;

    void fitOneEpoch(DataSetIterator batches) {
        if (model instanceof ComputationGraph graph) {
            graph.fit(batches);
        } else {
            ((MultiLayerNetwork) model).fit(batches);
        }
    }

    int epochs() {
        return model instanceof ComputationGraph graph
                ? graph.getEpochCount()
                : ((MultiLayerNetwork) model).getEpochCount();
    }

    int steps() {
        return model instanceof ComputationGraph graph
                ? graph.getIterationCount()
                : ((MultiLayerNetwork) model).getIterationCount();
    }

    /** Share of the samples that are predicted wrongly, in evaluation mode. */
    double error(Samples samples) {
        int wrong = 0;
        int dimension = samples.dimension();
        for (int from = 0; from < samples.size(); from += EVALUATION_BATCH) {
            int to = Math.min(samples.size(), from + EVALUATION_BATCH);
            float[] rows = Arrays.copyOfRange(samples.features(), from * dimension, to * dimension);
            int[] predicted = output(Nd4j.createFromArray(rows).reshape('c', to - from, dimension))
                    .argMax(1)
                    .toIntVector();
            for (int i = from; i < to; i++) {
                wrong += predicted[i - from] == samples.labels()[i] ? 0 : 1;
            }
        }
        return (double) wrong / samples.size();
    }

    private INDArray output(INDArray inputs) {
        return model instanceof ComputationGraph graph
                ? graph.outputSingle(false, inputs)
                : ((MultiLayerNetwork) model).output(inputs, false);
    }
}
