package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;

/**
 * The unconstrained-features model: the features of each training sample are parameters of their own, as if the network
 * before the classifier could do anything (arXiv 2011.11619). With decay on features and classifier its minimum is the
 * simplex ETF, which makes it a check of everything that follows.
 *
 * <p>The input is the index of the sample, one column: {@link UnconstrainedFeatures} has such data.
 *
 * @param samples number of training samples
 * @param dimension of the features
 * @param bias of the classifier
 */
public record UnconstrainedFeaturesModel(int samples, int dimension, boolean bias) implements Architecture {
    @Override
    public String name() {
        return "ufm";
    }

    @Override
    public MultiLayerNetwork build(SampleShape shape, int classes, Training training) {
        if (shape.length() != 1) {
            throw new UserException("the unconstrained-features model takes the index of a sample, not samples of "
                    + shape.length() + " values; train it on the data set " + UnconstrainedFeatures.NAME);
        }
        Layers layers = new Layers(training);
        EmbeddingLayer features = layers.decaying(new EmbeddingLayer.Builder()
                .name("features")
                .nIn(samples)
                .nOut(dimension)
                .activation(Activation.IDENTITY)
                .hasBias(false)
                .dist(new NormalDistribution(0, 1 / Math.sqrt(dimension)))
                .build());
        NeuralNetConfiguration.ListBuilder list = layers.configuration()
                .list()
                .layer(features)
                .layer(layers.classifier(dimension, classes, bias))
                .layer(layers.loss(classes));
        MultiLayerNetwork network = new MultiLayerNetwork(list.build());
        network.init();
        return network;
    }
}
