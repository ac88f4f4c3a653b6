package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A small VGG (arXiv 1409.1556): three stages of 3×3 convolutions with w, 2w and 4w channels, each halved by max
 * pooling, then one dense layer of 8w and the classifier. Depth, counted in weight layers: 3 · convolutions + 2.
 *
 * @param convolutions of each stage
 * @param width w
 * @param bias of the layers that batch normalisation does not follow, the classifier included
 */
public record Vgg(int convolutions, int width, BatchNorm norm, boolean bias) implements Architecture {
    private static final int STAGES = 3;

    @Override
    public String name() {
        return "vgg";
    }

    @Override
    public ComputationGraph build(SampleShape shape, int classes, Training training) {
        GraphNetwork graph = GraphNetwork.onImages(name(), shape, 1 << STAGES, training, ConvolutionKind.FAST);
        GraphNetwork.Node node = GraphNetwork.input(shape.channels());
        int hidden = STAGES * convolutions + 1;
        int index = 0;
        for (int stage = 1; stage <= STAGES; stage++) {
            for (int i = 1; i <= convolutions; i++) {
                String suffix = stage + "_" + i;
                boolean normalised = norm.after(index++, hidden);
                node = graph.convolution("conv" + suffix, node, width << (stage - 1), 3, 1, bias && !normalised);
                node = graph.relu("relu" + suffix, graph.norm(normalised, "norm" + suffix, node));
            }
            node = graph.halve("pool" + stage, node, PoolingType.MAX);
        }
        int pixels = (shape.height() >> STAGES) * (shape.width() >> STAGES);
        boolean normalised = norm.after(index, hidden);
        GraphNetwork.Node flat = new GraphNetwork.Node(node.name(), node.channels() * pixels);
        node = graph.dense("dense0", flat, width << STAGES, bias && !normalised);
        node = graph.relu("relu0", graph.norm(normalised, "norm0", node));
        return graph.classify(node, classes, bias);
    }
}
