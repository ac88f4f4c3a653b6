package dev.collapsemonitor.trainer.model;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** The loss of a classifier, each at the scale of its definition (mean over samples). */
public enum TrainingLoss {
    /** Cross-entropy of the softmax of the outputs. */
    CROSS_ENTROPY(Activation.SOFTMAX) {
        @Override
        ILossFunction function(int classes) {
            return new LossMCXENT();
        }
    },
    /** ½‖output − one-hot‖², summed over the outputs. */
    MSE(Activation.IDENTITY) {
        @Override
        ILossFunction function(int classes) {
            // DL4J's LossMSE averages over the outputs and does not halve; its L2 sums, and a weight of one half makes
            // it the definition, so that λ means the same here as in the decomposition of arXiv 2106.02073.
            return new LossL2(Nd4j.valueArrayOf(new long[] {1, classes}, 0.5f));
        }
    };

    private final Activation activation;

    TrainingLoss(Activation activation) {
        this.activation = activation;
    }

    Activation activation() {
        return activation;
    }

    abstract ILossFunction function(int classes);
}
