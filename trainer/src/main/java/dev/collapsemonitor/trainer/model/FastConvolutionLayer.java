package dev.collapsemonitor.trainer.model;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** A {@link FastConvolution} at work: one op forward, one op backward. */
final class FastConvolutionLayer extends ConvolutionLayer {
    private static final long serialVersionUID = 1;

    private static final String WEIGHTS = ConvolutionParamInitializer.WEIGHT_KEY;
    private static final String BIAS = ConvolutionParamInitializer.BIAS_KEY;

    FastConvolutionLayer(NeuralNetConfiguration configuration, DataType type) {
        super(configuration, type);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), outputShape(), 'c');
        Nd4j.exec(operation("conv2d").addInputs(inputs()).addOutputs(output).build());
        return output;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray outputGradient, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray inputGradient =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        Gradient gradient = new DefaultGradient();
        List<INDArray> outputs = new ArrayList<>(List.of(inputGradient, gradientViews.get(WEIGHTS)));
        gradient.setGradientFor(WEIGHTS, gradientViews.get(WEIGHTS), 'c');
        if (hasBias()) {
            outputs.add(gradientViews.get(BIAS));
            gradient.setGradientFor(BIAS, gradientViews.get(BIAS));
        }
        Nd4j.exec(operation("conv2d_bp")
                .addInputs(inputs(outputGradient))
                .addOutputs(outputs.toArray(new INDArray[0]))
                .build());
        return new Pair<>(gradient, inputGradient);
    }

    private INDArray[] inputs(INDArray... further) {
        List<INDArray> inputs = new ArrayList<>(List.of(input, getParam(WEIGHTS)));
        if (hasBias()) {
            inputs.add(getParam(BIAS));
        }
        inputs.addAll(List.of(further));
        return inputs.toArray(new INDArray[0]);
    }

    private DynamicCustomOp.DynamicCustomOpsBuilder operation(String name) {
        int[] kernel = layerConf().getKernelSize();
        int[] stride = layerConf().getStride();
        int samePadding = 1;
        int channelsFirst = 0; // images are n x channels x height x width
        int outputsFirst = 1; // weights are out x in x height x width
        return DynamicCustomOp.builder(name)
                .addIntegerArguments(
                        kernel[0],
                        kernel[1],
                        stride[0],
                        stride[1],
                        0, // padding, which "same" decides
                        0,
                        1, // dilation
                        1,
                        samePadding,
                        channelsFirst,
                        outputsFirst);
    }

    private long[] outputShape() {
        int[] stride = layerConf().getStride();
        return new long[] {
            input.size(0),
            getParam(WEIGHTS).size(0),
            strided(input.size(2), stride[0]),
            strided(input.size(3), stride[1])
        };
    }

    private static long strided(long length, int stride) {
        return (length + stride - 1) / stride;
    }
}
