package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * A fully connected classifier: per hidden width a dense layer, batch normalisation (or not), ReLU; then the classifier
 * and the loss.
 *
 * @param widths of the hidden layers, from the input on; none: a linear model
 * @param bias of the layers that batch normalisation does not follow, the classifier included
 */
public record Mlp(List<Integer> widths, BatchNorm norm, boolean bias) implements Architecture {
    public Mlp {
        widths = List.copyOf(widths);
    }

    /** A network with biases. */
    public Mlp(List<Integer> widths, BatchNorm norm) {
        this(widths, norm, true);
    }

    @Override
    public String name() {
        return "mlp";
    }

    @Override
    public MultiLayerNetwork build(SampleShape shape, int classes, Training training) {
        Layers layers = new Layers(training);
        NeuralNetConfiguration.ListBuilder list = layers.configuration().list();
        int previous = shape.length();
        for (int i = 0; i < widths.size(); i++) {
            boolean normalised = norm.after(i, widths.size());
            list.layer(layers.dense("dense" + i, previous, widths.get(i), bias && !normalised));
            if (normalised) {
                list.layer(Layers.norm("norm" + i));
            }
            list.layer(Layers.relu("relu" + i));
            previous = widths.get(i);
        }
        list.layer(layers.classifier(previous, classes, bias)).layer(layers.loss(classes));
        MultiLayerNetwork network = new MultiLayerNetwork(list.build());
        network.init();
        return network;
    }
}
