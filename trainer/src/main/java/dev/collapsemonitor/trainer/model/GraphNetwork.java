package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;

/** A network that is a graph, grown from the input on: each step takes the node it continues and returns the new one. */
final class GraphNetwork {
    private final ComputationGraphConfiguration.GraphBuilder graph;
    private final Layers layers;
    private final ConvolutionKind convolutions;

    /** A piece of a network: the name of a vertex, the channels (or width) of what comes out of it. */
    record Node(String name, int channels) {}

    private GraphNetwork(Training training, ConvolutionKind convolutions, InputType input) {
        this.layers = new Layers(training);
        this.convolutions = convolutions;
        this.graph = layers.configuration().graphBuilder().addInputs("input").setInputTypes(input);
    }

    /** A network on vectors. */
    static GraphNetwork onVectors(SampleShape shape, Training training) {
        return new GraphNetwork(training, ConvolutionKind.FAST, InputType.feedForward(shape.length()));
    }

    /** A network on images, which come as flat rows. */
    static GraphNetwork onImages(
            String architecture, SampleShape shape, int least, Training training, ConvolutionKind convolutions) {
        if (shape.height() < least || shape.width() < least) {
            throw new UserException(architecture + " takes images of at least " + least + " x " + least
                    + " pixels, not samples of " + shape.height() + " x " + shape.width()
                    + "; use mlp or another data set");
        }
        return new GraphNetwork(
                training, convolutions, InputType.convolutionalFlat(shape.height(), shape.width(), shape.channels()));
    }

    /** The images. */
    static Node input(int channels) {
        return new Node("input", channels);
    }

    Node convolution(String name, Node from, int out, int kernel, int stride, boolean bias) {
        if (convolutions == ConvolutionKind.FAST) {
            graph.addLayer(name, layers.convolution(name, from.channels(), out, kernel, stride, bias), from.name());
        } else {
            graph.addLayer(
                    name,
                    layers.decaying(new ConvolutionLayer.Builder(kernel, kernel)
                            .stride(stride, stride)
                            .nIn(from.channels())
                            .nOut(out)
                            .convolutionMode(ConvolutionMode.Same)
                            .activation(Activation.IDENTITY)
                            .weightInit(WeightInit.RELU)
                            .hasBias(bias)
                            .build()),
                    from.name());
        }
        return new Node(name, out);
    }

    Node dense(String name, Node from, int out, boolean bias) {
        graph.addLayer(name, layers.dense(name, from.channels(), out, bias), from.name());
        return new Node(name, out);
    }

    /** A dense layer that keeps the scale of its input instead of preparing for a ReLU. */
    Node linear(String name, Node from, int out) {
        graph.addLayer(name, layers.linear(name, from.channels(), out, false), from.name());
        return new Node(name, out);
    }

    /** Batch normalisation, or nothing. */
    Node norm(boolean wanted, String name, Node from) {
        if (!wanted) {
            return from;
        }
        graph.addLayer(name, Layers.norm(name), from.name());
        return new Node(name, from.channels());
    }

    Node relu(String name, Node from) {
        graph.addLayer(name, Layers.relu(name), from.name());
        return new Node(name, from.channels());
    }

    Node add(String name, Node one, Node other) {
        graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), one.name(), other.name());
        return new Node(name, one.channels());
    }

    /** Channels of both, one after the other. */
    Node concatenate(String name, Node one, Node other) {
        graph.addVertex(name, new MergeVertex(), one.name(), other.name());
        return new Node(name, one.channels() + other.channels());
    }

    /** Halves height and width; odd ones lose their last row or column. */
    Node halve(String name, Node from, PoolingType pooling) {
        graph.addLayer(
                name,
                new SubsamplingLayer.Builder(
                                pooling == PoolingType.MAX
                                        ? SubsamplingLayer.PoolingType.MAX
                                        : SubsamplingLayer.PoolingType.AVG)
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .convolutionMode(ConvolutionMode.Truncate)
                        .build(),
                from.name());
        return new Node(name, from.channels());
    }

    /** The mean over height and width. */
    Node averagePool(String name, Node from) {
        graph.addLayer(name, new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), from.name());
        return new Node(name, from.channels());
    }

    /** Classifier and loss after {@code from}; nothing can be added after it. */
    ComputationGraph classify(Node from, int classes, boolean bias) {
        graph.addLayer(Architecture.CLASSIFIER, layers.classifier(from.channels(), classes, bias), from.name());
        graph.addLayer(Architecture.LOSS, layers.loss(classes), Architecture.CLASSIFIER);
        graph.setOutputs(Architecture.LOSS);
        ComputationGraph network = new ComputationGraph(graph.build());
        network.init();
        return network;
    }
}
