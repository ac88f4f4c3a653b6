package dev.collapsemonitor.trainer.model;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A 2-d convolution of square kernel and "same" padding, without activation: n × in × h × w to n × out × ⌈h/stride⌉ ×
 * ⌈w/stride⌉.
 *
 * <p>DL4J's own {@code ConvolutionLayer} multiplies im2col matrices. This one, the same in everything else, runs ND4J's
 * {@code conv2d} op, which oneDNN computes where the native library has it: several times faster (see {@code
 * ConvolutionBenchmark}). A {@code SameDiffLayer} around that op would not do: in DL4J 1.0.0-M2.1 its gradients come out
 * twice as large as they are.
 */
public final class FastConvolution extends ConvolutionLayer {
    private static final long serialVersionUID = 1;

    /** For Jackson, which sets the properties. */
    FastConvolution() {}

    /**
     * A convolution of He-normal initial weights.
     *
     * @param inputs channels of the input
     * @param outputs channels of the output
     * @param kernel height and width
     */
    public FastConvolution(String name, int inputs, int outputs, int kernel, int stride, boolean bias) {
        super(new Builder(kernel, kernel)
                .name(name)
                .stride(stride, stride)
                .nIn(inputs)
                .nOut(outputs)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .weightInit(WeightInit.RELU)
                .hasBias(bias));
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parametersView,
            boolean initialise,
            DataType type) {
        FastConvolutionLayer layer = new FastConvolutionLayer(configuration, type);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parametersView);
        layer.setParamTable(initializer().init(configuration, parametersView, initialise));
        layer.setConf(configuration);
        return layer;
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastConvolution;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FastConvolution && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
