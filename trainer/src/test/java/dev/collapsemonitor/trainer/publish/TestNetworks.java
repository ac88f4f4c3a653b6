package dev.collapsemonitor.trainer.publish;

import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Small networks that have, between them, everything the publisher must cope with. */
final class TestNetworks {
    static final int CLASSES = 3;
    static final int SIDE = 4;
    static final double DECAY = 0.02;

    private TestNetworks() {}

    private static NeuralNetConfiguration.Builder settings(DataType type) {
        return new NeuralNetConfiguration.Builder().seed(5).dataType(type).updater(new Sgd(0.1));
    }

    /** Batch normalisation, dropout, activations inside and outside of layers, a classifier that is the output layer. */
    static MultiLayerNetwork sequence(DataType type) {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(type)
                .list()
                .layer(dense("first", 16, 9, Activation.TANH))
                .layer(new BatchNormalization.Builder().build())
                .layer(new ActivationLayer.Builder()
                        .activation(Activation.SIGMOID)
                        .build())
                .layer(new DropoutLayer.Builder(0.7).build())
                .layer(dense("second", 9, 7, Activation.IDENTITY))
                .layer(new ActivationLayer.Builder().activation(Activation.RELU).build())
                .layer(named(
                        "classifier",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(7)
                                .nOut(CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build()))
                .build());
        network.init();
        return network;
    }

    /** Dense layers and ReLU only: in training it computes what it computes in evaluation. */
    static MultiLayerNetwork plain() {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(DataType.FLOAT)
                .list()
                .layer(dense("first", 16, 9, Activation.RELU))
                .layer(dense("classifier", 9, CLASSES, Activation.IDENTITY))
                .layer(loss())
                .build());
        network.init();
        return network;
    }

    /** Dense layers with a residual sum; in training it computes what it computes in evaluation. */
    static ComputationGraph residual() {
        ComputationGraph graph = new ComputationGraph(settings(DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", dense("first", 16, 9, Activation.RELU), "in")
                .addLayer("block", dense("block", 9, 9, Activation.RELU), "first")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "first", "block")
                .addLayer("classifier", dense("classifier", 9, CLASSES, Activation.IDENTITY), "sum")
                .addLayer("loss", loss(), "classifier")
                .setOutputs("loss")
                .build());
        graph.init();
        return graph;
    }

    /**
     * Convolutions of two kinds with batch normalisation, a residual sum, a concatenation and pooling; then dense layers.
     */
    static ComputationGraph convolutional(DataType type) {
        ComputationGraph graph = new ComputationGraph(settings(type)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutionalFlat(SIDE, SIDE, 1))
                .addLayer("stem", convolution(3, 4), "in")
                .addLayer("norm", new BatchNormalization.Builder().build(), "stem")
                .addLayer("relu", activation(Activation.TANH), "norm")
                .addLayer("fast", decayed(new TestConvolution(4, 4)), "relu")
                .addLayer("shortcut", convolution(1, 4), "relu")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "fast", "shortcut")
                .addLayer("relu2", activation(Activation.SOFTPLUS), "sum")
                .addVertex("both", new MergeVertex(), "relu2", "relu")
                .addLayer("pool", new GlobalPoolingLayer.Builder().build(), "both")
                .addLayer("hidden", dense("hidden", 8, 6, Activation.TANH), "pool")
                .addLayer("classifier", dense("classifier", 6, CLASSES, Activation.IDENTITY), "hidden")
                .addLayer("loss", loss(), "classifier")
                .setOutputs("loss")
                .build());
        graph.init();
        return graph;
    }

    /** Features that are free parameters: an embedding, the classifier, the loss. */
    static MultiLayerNetwork unconstrained(int samples) {
        EmbeddingLayer embedding = new EmbeddingLayer.Builder()
                .nIn(samples)
                .nOut(5)
                .hasBias(false)
                .activation(Activation.IDENTITY)
                .build();
        MultiLayerNetwork network = new MultiLayerNetwork(settings(DataType.FLOAT)
                .list()
                .layer(named("features", embedding))
                .layer(dense("classifier", 5, CLASSES, Activation.IDENTITY))
                .layer(loss())
                .build());
        network.init();
        return network;
    }

    private static FeedForwardLayer dense(String name, int in, int out, Activation activation) {
        DenseLayer layer = new DenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .activation(activation)
                .build();
        return named(name, layer);
    }

    private static FeedForwardLayer named(String name, FeedForwardLayer layer) {
        layer.setLayerName(name);
        layer.setRegularization(List.of(new L2Regularization(DECAY)));
        layer.setRegularizationBias(List.of());
        return layer;
    }

    private static TestConvolution decayed(TestConvolution layer) {
        layer.setRegularization(List.of(new L2Regularization(2 * DECAY)));
        layer.setRegularizationBias(List.of());
        return layer;
    }

    private static ConvolutionLayer convolution(int kernel, int out) {
        ConvolutionLayer layer = new ConvolutionLayer.Builder(kernel, kernel)
                .nOut(out)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
        layer.setRegularization(List.of(new L2Regularization(DECAY)));
        layer.setRegularizationBias(List.of());
        return layer;
    }

    private static Layer activation(Activation activation) {
        return new ActivationLayer.Builder().activation(activation).build();
    }

    private static LossLayer loss() {
        return new LossLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Samples whose class shows in their values; the class of sample i is i mod 3. */
    static DataSet data(int samples, DataType type) {
        Random random = new Random(9);
        double[][] features = new double[samples][SIDE * SIDE];
        double[][] labels = new double[samples][CLASSES];
        for (int i = 0; i < samples; i++) {
            labels[i][i % CLASSES] = 1;
            for (int j = 0; j < features[i].length; j++) {
                features[i][j] = random.nextGaussian() + (j % CLASSES == i % CLASSES ? 1 : 0);
            }
        }
        INDArray inputs = Nd4j.createFromArray(features).castTo(type);
        return new DataSet(inputs, Nd4j.createFromArray(labels).castTo(type));
    }
}
