package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The gradient of the summed loss by what goes into one layer, in evaluation mode.
 *
 * <p>DL4J's own backward pass is that of training: it applies dropout anew, and batch normalisation uses the statistics of
 * the batch. So the layers for which the modes differ are done here; the others are DL4J's.
 */
final class LayerGradient {
    private final Layer layer;
    private final INDArray input;
    private final INDArray gradient; // by the pre-activation of a dense layer, by the output of any other
    private final boolean loss;

    private LayerGradient(Layer layer, INDArray input, INDArray gradient, boolean loss) {
        this.layer = layer;
        this.input = input;
        this.gradient = gradient;
        this.loss = loss;
    }

    /**
     * Of a layer within the network.
     *
     * @param input of the layer, preprocessed
     * @param byOutput gradient by the layer's activation
     */
    static LayerGradient of(Layer layer, INDArray input, INDArray byOutput) {
        if (layer.conf().getLayer() instanceof DenseLayer conf) {
            if (conf.hasLayerNorm()) {
                throw new UserException("back-propagated signals cannot pass layer " + conf.getLayerName()
                        + ", a dense layer with layer normalisation; leave signals off");
            }
            return new LayerGradient(
                    layer, input, backward(conf.getActivationFn(), affine(layer, input), byOutput), false);
        }
        return new LayerGradient(layer, input, byOutput, false);
    }

    /** Of the last layer. */
    static LayerGradient ofLoss(Layer layer, INDArray input, INDArray labels) {
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        if (conf instanceof LossLayer last) {
            return new LayerGradient(
                    layer, input, gradient(last.getLossFn(), labels, input.dup(), last.getActivationFn()), true);
        }
        if (conf instanceof OutputLayer last) {
            INDArray gradient = gradient(last.getLossFn(), labels, affine(layer, input), last.getActivationFn());
            return new LayerGradient(layer, input, gradient, true);
        }
        throw new UserException("back-propagated signals need an OutputLayer or a LossLayer at the end, not a "
                + conf.getClass().getSimpleName() + "; leave signals off");
    }

    private static INDArray gradient(ILossFunction function, INDArray labels, INDArray output, IActivation activation) {
        return function.computeGradient(labels.castTo(output.dataType()), output, activation, null);
    }

    /** By the layer's output before its activation function; of dense layers. */
    INDArray byPreActivation() {
        return gradient;
    }

    /** By the layer's input. */
    INDArray byInput() {
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        if (conf instanceof DenseLayer || conf instanceof OutputLayer) {
            return gradient.mmul(
                    layer.getParam(DefaultParamInitializer.WEIGHT_KEY).transpose());
        }
        if (loss || conf instanceof DropoutLayer) {
            return gradient;
        }
        if (conf instanceof ActivationLayer activation) {
            return backward(activation.getActivationFn(), input.dup(), gradient);
        }
        if (conf instanceof BatchNormalization norm) {
            return gradient.mul(channelwise(normScale(norm), gradient));
        }
        if (conf.getIDropout() != null) {
            throw new UserException("back-propagated signals cannot pass layer " + conf.getLayerName()
                    + ", which has dropout of its own; use a DropoutLayer before it or leave signals off");
        }
        layer.setInput(input, LayerWorkspaceMgr.noWorkspaces());
        return layer.backpropGradient(gradient.dup(), LayerWorkspaceMgr.noWorkspaces())
                .getSecond();
    }

    private static INDArray backward(IActivation activation, INDArray preActivation, INDArray byOutput) {
        return activation.backprop(preActivation, byOutput.dup()).getFirst();
    }

    /** hW + b of a dense layer: its output before the activation function. */
    static INDArray affine(Layer layer, INDArray input) {
        INDArray output = input.mmul(layer.getParam(DefaultParamInitializer.WEIGHT_KEY));
        INDArray bias = layer.paramTable().get(DefaultParamInitializer.BIAS_KEY);
        return bias == null ? output : output.addiRowVector(bias);
    }

    /** γ/√(σ² + ε) per channel, with the running variance. */
    private INDArray normScale(BatchNormalization norm) {
        INDArray variance;
        if (norm.isUseLogStd()) {
            INDArray logStd = layer.getParam(BatchNormalizationParamInitializer.GLOBAL_LOG_STD);
            variance = Transforms.exp(logStd.mul(2 * Math.log(10)));
        } else {
            variance = layer.getParam(BatchNormalizationParamInitializer.GLOBAL_VAR);
        }
        INDArray deviation = Transforms.sqrt(variance.add(norm.getEps()));
        return norm.isLockGammaBeta()
                ? deviation.rdiv(norm.getGamma())
                : layer.getParam(BatchNormalizationParamInitializer.GAMMA).div(deviation);
    }

    /** One value per channel in a shape that multiplies samples x channels or samples x channels x height x width. */
    private static INDArray channelwise(INDArray values, INDArray like) {
        long[] shape = new long[like.rank()];
        Arrays.fill(shape, 1);
        shape[1] = values.length();
        return values.reshape(shape);
    }
}
