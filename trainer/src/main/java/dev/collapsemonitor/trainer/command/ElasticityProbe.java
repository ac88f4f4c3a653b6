package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.data.Samples;
import java.util.stream.IntStream;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** The batches of one class that local elasticity is measured with: the classes take turns. */
record ElasticityProbe(Samples samples) {
    private static final int BATCH = 16;

    DataSet batch(int epoch) {
        int label = epoch % samples.classes();
        int[] positions = IntStream.range(0, samples.size())
                .filter(i -> samples.labels()[i] == label)
                .limit(BATCH)
                .toArray();
        Samples chosen = samples.select(positions);
        float[] targets = new float[chosen.size() * chosen.classes()];
        for (int i = 0; i < chosen.size(); i++) {
            targets[i * chosen.classes() + label] = 1;
        }
        return new DataSet(
                Nd4j.createFromArray(chosen.features()).reshape('c', chosen.size(), chosen.dimension()),
                Nd4j.createFromArray(targets).reshape('c', chosen.size(), chosen.classes()));
    }
}
