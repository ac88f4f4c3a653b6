package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.optimizer.Decay;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * A fully connected classifier: per hidden width a dense layer, batch normalisation (or not), ReLU; then the classifier
 * and the loss.
 *
 * <p>The classifier is a dense layer of its own with the loss after it, so that hooks see the logits.
 *
 * @param inputs length of one flattened sample
 * @param widths of the hidden layers, from the input on; none: a linear model
 */
public record Mlp(int inputs, List<Integer> widths, int classes, boolean batchNorm) {
    public Mlp {
        widths = List.copyOf(widths);
    }

    /** Name of the classifier layer. */
    public static final String CLASSIFIER = "classifier";

    /** Builds the network with its initial weights, which depend on the seed alone. */
    public MultiLayerNetwork build(TrainingLoss loss, IUpdater updater, Decay decay, long seed) {
        NeuralNetConfiguration.ListBuilder layers = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(updater)
                .weightInit(WeightInit.RELU)
                .list();
        int previous = inputs;
        for (int i = 0; i < widths.size(); i++) {
            layers.layer(dense("dense" + i, previous, widths.get(i), WeightInit.RELU, !batchNorm, decay));
            if (batchNorm) {
                layers.layer(new BatchNormalization.Builder().name("norm" + i).build());
            }
            layers.layer(new ActivationLayer.Builder()
                    .name("relu" + i)
                    .activation(Activation.RELU)
                    .build());
            previous = widths.get(i);
        }
        // The usual uniform initialisation of a last layer, U(±1/√d): ‖Wᵀ1‖² starts near K/3.
        layers.layer(dense(CLASSIFIER, previous, classes, WeightInit.UNIFORM, true, decay));
        layers.layer(new LossLayer.Builder(loss.function(classes))
                .name("loss")
                .activation(loss.activation())
                .build());
        MultiLayerNetwork network = new MultiLayerNetwork(layers.build());
        network.init();
        return network;
    }

    private static DenseLayer dense(String name, int in, int out, WeightInit init, boolean bias, Decay decay) {
        DenseLayer layer = new DenseLayer.Builder()
                .name(name)
                .nIn(in)
                .nOut(out)
                .activation(Activation.IDENTITY)
                .weightInit(init)
                .hasBias(bias) // batch normalisation has its own
                .build();
        layer.setRegularization(decay.toRegularization());
        layer.setRegularizationBias(List.of());
        return layer;
    }
}
