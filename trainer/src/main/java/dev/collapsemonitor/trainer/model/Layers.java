package dev.collapsemonitor.trainer.model;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;

/** The layers that the networks are made of, with the decay of one training. */
final class Layers {
    private final Training training;

    Layers(Training training) {
        this.training = training;
    }

    NeuralNetConfiguration.Builder configuration() {
        return new NeuralNetConfiguration.Builder().seed(training.seed()).updater(training.updater());
    }

    /** A dense layer of He-normal weights, for a ReLU after it. */
    DenseLayer dense(String name, int in, int out, boolean bias) {
        return dense(name, in, out, bias, WeightInit.RELU);
    }

    /** A dense layer of N(0, 1/in) weights, which keep the length of their input on average. */
    DenseLayer linear(String name, int in, int out, boolean bias) {
        return dense(name, in, out, bias, WeightInit.LECUN_NORMAL);
    }

    /** The classifier, of the usual initial weights of a last layer, U(±1/√d): ‖Wᵀ1‖² starts near K/3. */
    DenseLayer classifier(int in, int classes, boolean bias) {
        return dense(Architecture.CLASSIFIER, in, classes, bias, WeightInit.UNIFORM);
    }

    LossLayer loss(int classes) {
        return new LossLayer.Builder(training.loss().function(classes))
                .name(Architecture.LOSS)
                .activation(training.loss().activation())
                .build();
    }

    static BatchNormalization norm(String name) {
        return new BatchNormalization.Builder().name(name).build();
    }

    static ActivationLayer relu(String name) {
        return new ActivationLayer.Builder()
                .name(name)
                .activation(Activation.RELU)
                .build();
    }

    FastConvolution convolution(String name, int in, int out, int kernel, int stride, boolean bias) {
        return decaying(new FastConvolution(name, in, out, kernel, stride, bias));
    }

    /** Gives a layer the decay of its weights, and none of its biases. */
    <T extends BaseLayer> T decaying(T layer) {
        layer.setRegularization(training.decay().toRegularization());
        layer.setRegularizationBias(List.of());
        return layer;
    }

    private DenseLayer dense(String name, int in, int out, boolean bias, WeightInit init) {
        return decaying(new DenseLayer.Builder()
                .name(name)
                .nIn(in)
                .nOut(out)
                .activation(Activation.IDENTITY)
                .weightInit(init)
                .hasBias(bias)
                .build());
    }
}
