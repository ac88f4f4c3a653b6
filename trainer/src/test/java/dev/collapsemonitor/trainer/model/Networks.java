package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.Samples;
import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;

/** What tests do with a network, whether it is a list of layers or a graph. */
final class Networks {
    private Networks() {}

    /** Trains one epoch. */
    static void fit(Model network, ShuffledBatches batches) {
        if (network instanceof MultiLayerNetwork layered) {
            layered.fit(batches);
        } else {
            ((ComputationGraph) network).fit(batches);
        }
    }

    /** The loss on all samples in training mode: running statistics of batch normalisation take many steps. */
    static double loss(Model network, Samples samples) {
        DataSet all = new ShuffledBatches(samples, samples.size(), 1).next();
        return network instanceof MultiLayerNetwork layered
                ? layered.score(all, true)
                : ((ComputationGraph) network).score(all, true);
    }

    /** In the order of the parameters. */
    static Layer[] layers(Model network) {
        return network instanceof MultiLayerNetwork layered
                ? layered.getLayers()
                : ((ComputationGraph) network).getLayers();
    }

    static Layer layer(Model network, String name) {
        return Arrays.stream(layers(network))
                .filter(layer -> name(layer).equals(name))
                .findFirst()
                .orElseThrow();
    }

    static String name(Layer layer) {
        return layer.conf().getLayer().getLayerName();
    }
}
