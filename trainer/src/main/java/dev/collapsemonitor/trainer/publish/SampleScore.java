package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.LossKind;

/** Loss and accuracy over samples whose outputs come batch by batch. */
final class SampleScore {
    // A float32 probability can round to 0, whose logarithm would hide the other samples.
    private static final double SMALLEST_PROBABILITY = 1e-38;

    private final LossKind kind;
    private double loss;
    private int correct;
    private int samples;

    SampleScore(LossKind kind) {
        this.kind = kind;
    }

    /**
     * Takes the outputs of some samples, row-major.
     *
     * @return the largest output of each sample
     */
    int[] add(float[] outputs, int... labels) {
        int width = outputs.length / labels.length;
        int[] predictions = new int[labels.length];
        for (int i = 0; i < labels.length; i++) {
            predictions[i] = argMax(outputs, i * width, width);
            correct += predictions[i] == labels[i] ? 1 : 0;
            loss += loss(outputs, i * width, width, labels[i]);
        }
        samples += labels.length;
        return predictions;
    }

    /** What progress says of the samples; of an unknown loss it says nothing. */
    Measures measures(double learningRate) {
        double accuracy = (double) correct / samples;
        return kind == LossKind.CROSS_ENTROPY || kind == LossKind.MSE
                ? Measures.of(loss / samples, accuracy, learningRate)
                : new Measures(Double.NaN, accuracy, learningRate);
    }

    /** Mean over the samples, without regularisation. */
    double loss() {
        return loss / samples;
    }

    /** Share of predictions that equal the label. */
    double accuracy() {
        return (double) correct / samples;
    }

    /** Position of the largest of some values. */
    static int argMax(float[] values, int offset, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[offset + i] > values[offset + best]) {
                best = i;
            }
        }
        return best;
    }

    private double loss(float[] outputs, int offset, int width, int label) {
        return switch (kind) {
            case CROSS_ENTROPY -> {
                float probability = outputs[offset + label];
                yield Float.isNaN(probability) ? Double.NaN : -Math.log(Math.max(SMALLEST_PROBABILITY, probability));
            }
            case MSE -> {
                double sum = 0;
                for (int k = 0; k < width; k++) {
                    double error = outputs[offset + k] - (k == label ? 1 : 0);
                    sum += error * error;
                }
                yield sum / 2;
            }
            case LOSS_UNSPECIFIED, UNRECOGNIZED -> Double.NaN;
        };
    }
}
