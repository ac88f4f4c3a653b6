package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A residual network for small images (arXiv 1512.03385, section 4.2): a 3×3 convolution, three stages of basic blocks
 * with w, 2w and 4w channels, the mean over all pixels, the classifier. Where a stage halves the image, the shortcut is
 * a 1×1 convolution. Depth, counted in weight layers without the shortcuts: 6 · blocks + 2.
 *
 * @param blocks of each stage
 * @param width w
 * @param bias of the layers that batch normalisation does not follow, the classifier included
 */
public record ResNet(int blocks, int width, BatchNorm norm, boolean bias, ConvolutionKind convolutions)
        implements Architecture {
    private static final int STAGES = 3;

    /** A network of fast convolutions. */
    public ResNet(int blocks, int width, BatchNorm norm, boolean bias) {
        this(blocks, width, norm, bias, ConvolutionKind.FAST);
    }

    @Override
    public String name() {
        return "resnet";
    }

    @Override
    public ComputationGraph build(SampleShape shape, int classes, Training training) {
        GraphNetwork graph = GraphNetwork.onImages(name(), shape, 1 << (STAGES - 1), training, convolutions);
        GraphNetwork.Node node = convolution(graph, "0", GraphNetwork.input(shape.channels()), width, 3, 1, false);
        node = graph.relu("relu0", node);
        for (int stage = 1; stage <= STAGES; stage++) {
            for (int block = 1; block <= blocks; block++) {
                int stride = stage > 1 && block == 1 ? 2 : 1;
                boolean last = stage == STAGES && block == blocks;
                node = block(graph, stage, block, node, width << (stage - 1), stride, last);
            }
        }
        return graph.classify(graph.averagePool("pool", node), classes, bias);
    }

    private GraphNetwork.Node block(
            GraphNetwork graph, int stage, int block, GraphNetwork.Node from, int out, int stride, boolean last) {
        String first = stage + "_" + (2 * block - 1);
        String second = stage + "_" + 2 * block;
        GraphNetwork.Node branch = convolution(graph, first, from, out, 3, stride, false);
        branch = convolution(graph, second, graph.relu("relu" + first, branch), out, 3, 1, last);
        GraphNetwork.Node shortcut = from.channels() == out && stride == 1
                ? from
                : convolution(graph, stage + "_shortcut", from, out, 1, stride, false);
        return graph.relu("relu" + second, graph.add("add" + second, branch, shortcut));
    }

    /** A convolution, and its batch normalisation if it has one. */
    private GraphNetwork.Node convolution(
            GraphNetwork graph, String suffix, GraphNetwork.Node from, int out, int kernel, int stride, boolean last) {
        boolean normalised = norm == BatchNorm.ALL || (norm == BatchNorm.LAST && last);
        GraphNetwork.Node node = graph.convolution("conv" + suffix, from, out, kernel, stride, bias && !normalised);
        return graph.norm(normalised, "norm" + suffix, node);
    }
}
