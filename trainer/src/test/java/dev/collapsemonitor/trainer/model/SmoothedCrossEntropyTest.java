package dev.collapsemonitor.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.protocol.UserException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

class SmoothedCrossEntropyTest {
    private static final double SMOOTHING = 0.1;
    private static final double[][] LOGITS = {{0.5, -1, 2}, {1, 0.25, -0.75}};
    private static final int[] LABELS = {2, 1};

    @Test
    void shouldBeCrossEntropyAgainstSmoothedLabels() {
        double loss = 0;
        double[][] gradient = new double[2][3];
        for (int i = 0; i < 2; i++) {
            double sum = 0;
            for (double logit : LOGITS[i]) {
                sum += Math.exp(logit);
            }
            for (int k = 0; k < 3; k++) {
                double target = (k == LABELS[i] ? 1 - SMOOTHING : 0) + SMOOTHING / 3;
                double p = Math.exp(LOGITS[i][k]) / sum;
                loss -= target * Math.log(p) / 2;
                gradient[i][k] = p - target;
            }
        }
        ILossFunction function = TrainingLoss.smoothed(SMOOTHING).function(3);
        INDArray labels = Nd4j.create(new double[][] {{0, 0, 1}, {0, 1, 0}});
        INDArray untouched = labels.dup();
        IActivation softmax = new ActivationSoftmax();
        assertThat(function.computeScore(labels, Nd4j.create(LOGITS), softmax, null, true))
                .isCloseTo(loss, offset(1e-9));
        double[][] computed = function.computeGradient(labels, Nd4j.create(LOGITS), softmax, null)
                .toDoubleMatrix();
        double[][] along = function.computeGradientAndScore(labels, Nd4j.create(LOGITS), softmax, null, true)
                .getSecond()
                .toDoubleMatrix();
        for (int i = 0; i < 2; i++) {
            assertThat(computed[i]).containsExactly(gradient[i], offset(1e-9));
            assertThat(along[i]).containsExactly(gradient[i], offset(1e-9));
        }
        assertThat(labels).isEqualTo(untouched);
    }

    @Test
    void shouldSayItsSmoothing() {
        assertThat(TrainingLoss.smoothed(SMOOTHING).function(3))
                .isInstanceOfSatisfying(
                        SmoothedCrossEntropy.class,
                        loss -> assertThat(loss.getSmoothing()).isEqualTo(SMOOTHING));
    }

    @Test
    void shouldRefuseSmoothingWhereItHasNoMeaning() {
        assertThatThrownBy(() -> TrainingLoss.smoothed(1))
                .isInstanceOf(UserException.class)
                .hasMessage("label smoothing 1.0 is not in [0, 1)");
        assertThatThrownBy(() -> new TrainingLoss(TrainingLoss.Kind.MSE, SMOOTHING))
                .isInstanceOf(UserException.class)
                .hasMessage("label smoothing 0.1 is for cross-entropy alone; leave it out with MSE");
    }
}
