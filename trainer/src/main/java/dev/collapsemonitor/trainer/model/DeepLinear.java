package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * A product of matrices and nothing else: what remains of collapse and low rank without
 * non-linearities.
 *
 * @param widths of the hidden layers, from the input on
 * @param bias of all layers
 */
public record DeepLinear(List<Integer> widths, boolean bias) implements Architecture {
    public DeepLinear {
        widths = List.copyOf(widths);
    }

    @Override
    public String name() {
        return "deep-linear";
    }

    @Override
    public MultiLayerNetwork build(SampleShape shape, int classes, Training training) {
        Layers layers = new Layers(training);
        NeuralNetConfiguration.ListBuilder list = layers.configuration().list();
        int previous = shape.length();
        for (int i = 0; i < widths.size(); i++) {
            list.layer(layers.linear("dense" + i, previous, widths.get(i), bias));
            previous = widths.get(i);
        }
        list.layer(layers.classifier(previous, classes, bias)).layer(layers.loss(classes));
        MultiLayerNetwork network = new MultiLayerNetwork(list.build());
        network.init();
        return network;
    }
}
