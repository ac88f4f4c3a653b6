package dev.collapsemonitor.trainer.publish;

import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.weights.WeightInitUtil;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;

/** A 3 x 3 convolution that is no convolution layer of DL4J: weights "W" [out, in, height, width] and bias "b". */
final class TestConvolution extends SameDiffLayer {
    private static final long serialVersionUID = 1;

    private final int in;
    private final int out;

    TestConvolution(int in, int out) {
        this.in = in;
        this.out = out;
    }

    @Override
    public SDVariable defineLayer(
            SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        Conv2DConfig config =
                Conv2DConfig.builder().kH(3).kW(3).paddingMode(PaddingMode.SAME).build();
        // The operation wants height x width x in x out.
        SDVariable weights = parameters.get("W").permute(2, 3, 1, 0);
        return sameDiff.cnn().conv2d(input, weights, parameters.get("b"), config);
    }

    @Override
    public void defineParameters(SDLayerParams parameters) {
        parameters.addWeightParam("W", out, in, 3, 3);
        parameters.addBiasParam("b", 1, out);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {
        INDArray weights = parameters.get("W");
        WeightInitUtil.initWeights(9 * in, 9 * out, weights.shape(), WeightInit.RELU, null, weights);
        parameters.get("b").assign(0);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        InputType.InputTypeConvolutional image = (InputType.InputTypeConvolutional) input;
        return InputType.convolutional(image.getHeight(), image.getWidth(), out);
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null; // DL4J's way to say: none
    }
}
