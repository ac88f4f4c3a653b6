package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

class TrainingLossTest {
    @Test
    void shouldHalveTheSquaredErrorAndSumItOverTheOutputs() {
        INDArray outputs = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {0, -1, 1}});
        INDArray labels = Nd4j.createFromArray(new float[][] {{0, 0, 1}, {1, 0, 0}});
        ILossFunction function = TrainingLoss.MSE.function(3);
        IActivation identity = new ActivationIdentity();
        // ½(1 + 4 + 4) and ½(1 + 1 + 1), averaged over the samples.
        assertThat(function.computeScore(labels, outputs.dup(), identity, null, true))
                .isCloseTo(3, offset(1e-6));
        double[][] gradient =
                function.computeGradient(labels, outputs.dup(), identity, null).toDoubleMatrix();
        assertThat(gradient[0]).containsExactly(new double[] {1, 2, 2}, offset(1e-6));
        assertThat(gradient[1]).containsExactly(new double[] {-1, -1, 1}, offset(1e-6));
    }
}
