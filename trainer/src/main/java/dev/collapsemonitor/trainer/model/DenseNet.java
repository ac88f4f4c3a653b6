package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.trainer.data.SampleShape;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A densely connected network for small images (arXiv 1608.06993): a 3×3 convolution of 2k channels, three blocks whose
 * layers (batch normalisation, ReLU, 3×3 convolution of k channels) each see all before them, between the blocks a 1×1
 * convolution to half the channels with average pooling, at the end batch normalisation, ReLU, the mean over all pixels,
 * the classifier. Depth, counted in weight layers: 3 · layers + 4.
 *
 * @param layers of each block
 * @param growth k
 * @param norm {@link BatchNorm#LAST} keeps the normalisation after the last block alone
 * @param bias of convolutions, unless all layers are normalised, and of the classifier
 */
public record DenseNet(int layers, int growth, BatchNorm norm, boolean bias) implements Architecture {
    private static final int BLOCKS = 3;

    @Override
    public String name() {
        return "densenet";
    }

    @Override
    public ComputationGraph build(SampleShape shape, int classes, Training training) {
        GraphNetwork graph = GraphNetwork.onImages(name(), shape, 1 << (BLOCKS - 1), training, ConvolutionKind.FAST);
        boolean all = norm == BatchNorm.ALL;
        boolean convolutionBias = bias && !all;
        GraphNetwork.Node node =
                graph.convolution("conv0", GraphNetwork.input(shape.channels()), 2 * growth, 3, 1, convolutionBias);
        for (int block = 1; block <= BLOCKS; block++) {
            for (int i = 1; i <= layers; i++) {
                String suffix = block + "_" + i;
                GraphNetwork.Node active = graph.relu("relu" + suffix, graph.norm(all, "norm" + suffix, node));
                GraphNetwork.Node grown = graph.convolution("conv" + suffix, active, growth, 3, 1, convolutionBias);
                node = graph.concatenate("concat" + suffix, node, grown);
            }
            if (block < BLOCKS) {
                String suffix = block + "_transition";
                node = graph.relu("relu" + suffix, graph.norm(all, "norm" + suffix, node));
                node = graph.convolution("conv" + suffix, node, node.channels() / 2, 1, 1, convolutionBias);
                node = graph.halve("pool" + block, node, PoolingType.AVG);
            }
        }
        node = graph.relu("relu", graph.norm(norm != BatchNorm.NONE, "norm", node));
        return graph.classify(graph.averagePool("pool", node), classes, bias);
    }
}
