package dev.collapsemonitor.trainer.model;

import dev.collapsemonitor.protocol.UserException;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * The loss of a classifier, at the scale of its definition (mean over samples).
 *
 * @param smoothing s of label smoothing: the target is (1−s) · one-hot + s/K (arXiv 1512.00567); cross-entropy only
 */
public record TrainingLoss(Kind kind, double smoothing) {
    /** Cross-entropy of the softmax of the outputs. */
    public static final TrainingLoss CROSS_ENTROPY = new TrainingLoss(Kind.CROSS_ENTROPY, 0);

    /** ½‖output − one-hot‖², summed over the outputs. */
    public static final TrainingLoss MSE = new TrainingLoss(Kind.MSE, 0);

    /** What is minimised. */
    public enum Kind {
        CROSS_ENTROPY,
        MSE
    }

    public TrainingLoss {
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new UserException("label smoothing " + smoothing + " is not in [0, 1)");
        }
        if (smoothing > 0 && kind != Kind.CROSS_ENTROPY) {
            throw new UserException(
                    "label smoothing " + smoothing + " is for cross-entropy alone; leave it out with MSE");
        }
    }

    /** Cross-entropy with smoothed labels. */
    public static TrainingLoss smoothed(double smoothing) {
        return new TrainingLoss(Kind.CROSS_ENTROPY, smoothing);
    }

    Activation activation() {
        return kind == Kind.MSE ? Activation.IDENTITY : Activation.SOFTMAX;
    }

    ILossFunction function(int classes) {
        if (kind == Kind.MSE) {
            // DL4J's LossMSE averages over the outputs and does not halve; its L2 sums, and a weight of one half makes
            // it the definition, so that λ means the same here as in the decomposition of arXiv 2106.02073.
            return new LossL2(Nd4j.valueArrayOf(new long[] {1, classes}, 0.5f));
        }
        return smoothing == 0 ? new LossMCXENT() : new SmoothedCrossEntropy(smoothing);
    }
}
