package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Progress;

/**
 * What training reports about itself; NaN where it says nothing.
 *
 * @param loss mean over samples
 * @param accuracy of the training set or a subset of it, in [0, 1]
 */
public record Measures(double loss, double accuracy, double learningRate) {
    /** Nothing to report. */
    public static final Measures NONE = new Measures(Double.NaN, Double.NaN, Double.NaN);

    /** Measures with a loss; one that is NaN is reported as infinite: either way the run has diverged. */
    public static Measures of(double loss, double accuracy, double learningRate) {
        return new Measures(Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss, accuracy, learningRate);
    }

    void writeTo(Progress.Builder progress) {
        if (!Double.isNaN(loss)) {
            progress.setLoss(loss);
        }
        if (!Double.isNaN(accuracy)) {
            progress.setAccuracy(accuracy);
        }
        if (!Double.isNaN(learningRate)) {
            progress.setLearningRate(learningRate);
        }
    }
}
