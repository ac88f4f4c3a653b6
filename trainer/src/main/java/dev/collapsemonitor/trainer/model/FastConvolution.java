package dev.collapsemonitor.trainer.model;

import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.InputTypeUtil;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;

/**
 * A 2-d convolution of square kernel and "same" padding, without activation: n × in × h × w to n × out × ⌈h/stride⌉ ×
 * ⌈w/stride⌉.
 *
 * <p>DL4J's own {@code ConvolutionLayer} multiplies im2col matrices. This one runs ND4J's {@code conv2d} op, which
 * oneDNN computes where the native library has it: several times faster (benchmarks/, ConvolutionBenchmark). Weights
 * are "W", out × in × kernel × kernel, and "b", 1 × out, as in {@code ConvolutionLayer}.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE,
        setterVisibility = JsonAutoDetect.Visibility.NONE)
public final class FastConvolution extends SameDiffLayer {
    private static final long serialVersionUID = 1;

    private static final String WEIGHTS = "W";
    private static final String BIAS = "b";

    private int inputs;
    private int outputs;
    private int kernel;
    private int stride;
    private boolean bias;

    /** For Jackson, which sets the fields. */
    FastConvolution() {}

    /**
     * A convolution of He-normal initial weights.
     *
     * @param inputs channels of the input
     * @param outputs channels of the output
     * @param kernel height and width
     */
    public FastConvolution(String name, int inputs, int outputs, int kernel, int stride, boolean bias) {
        setLayerName(name);
        this.inputs = inputs;
        this.outputs = outputs;
        this.kernel = kernel;
        this.stride = stride;
        this.bias = bias;
    }

    @Override
    public void defineParameters(SDLayerParams parameters) {
        parameters.clear();
        parameters.addWeightParam(WEIGHTS, outputs, inputs, kernel, kernel);
        if (bias) {
            parameters.addBiasParam(BIAS, 1, outputs);
        }
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            int window = kernel * kernel;
            initWeights(inputs * window, outputs * window, WeightInit.RELU, parameters.get(WEIGHTS));
            if (bias) {
                parameters.get(BIAS).assign(0);
            }
        }
    }

    @Override
    public SDVariable defineLayer(
            SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(kernel)
                .kW(kernel)
                .sH(stride)
                .sW(stride)
                .paddingMode(PaddingMode.SAME)
                .dataFormat("NCHW")
                .weightsFormat(WeightsFormat.YXIO)
                .build();
        // ND4J 1.0.0-M2.1 loses the weights' format in the backward op, so they are given in its default one.
        SDVariable weights = parameters.get(WEIGHTS).permute(2, 3, 1, 0);
        if (!bias) {
            return graph.cnn().conv2d(input, weights, config);
        }
        return graph.cnn().conv2d(input, weights, parameters.get(BIAS).reshape(outputs), config);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional image)) {
            throw new IllegalStateException("convolution " + getLayerName() + " needs images, got " + input);
        }
        return InputType.convolutional(strided(image.getHeight()), strided(image.getWidth()), outputs);
    }

    private long strided(long length) {
        return (length + stride - 1) / stride;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return InputTypeUtil.getPreProcessorForInputTypeCnnLayers(input, getLayerName());
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastConvolution;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FastConvolution that
                && super.equals(other)
                && inputs == that.inputs
                && outputs == that.outputs
                && kernel == that.kernel
                && stride == that.stride
                && bias == that.bias;
    }

    @Override
    public int hashCode() {
        return Objects.hash(getLayerName(), inputs, outputs, kernel, stride, bias);
    }
}
