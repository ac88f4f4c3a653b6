package dev.collapsemonitor.monitor.oracle;

/**
 * What one snapshot of one layer gives to compute on. An empty array stands for what is not there.
 *
 * @param features rows × d, or empty (weights alone)
 * @param labels one per row, 0…classes−1
 * @param predictions one per row, or empty
 * @param weights out × in (a convolution: out × in·kh·kw), or empty
 * @param bias one per row of the weights, or empty (a layer without bias)
 * @param classes K as declared; classes without rows are found by the computation
 * @param layer what the weights belong to
 * @param weightDecay λ
 * @param coupling how the decay enters the update
 * @param biasDecayed whether λ acts on the bias too
 * @param loss what the run minimises; no definition of {@link SlowMetrics} depends on it, {@link SlowForecast} does
 * @param sampleWeights one per row (rolling mode), or empty (all 1)
 * @param firstOmegas ω of the first snapshot of the attempt, or empty
 */
public record Sample(
        double[][] features,
        int[] labels,
        int[] predictions,
        double[][] weights,
        double[] bias,
        int classes,
        Layer layer,
        double weightDecay,
        Coupling coupling,
        boolean biasDecayed,
        Loss loss,
        double[] sampleWeights,
        double[] firstOmegas) {

    public enum Layer {
        CLASSIFIER,
        DENSE,
        CONVOLUTION
    }

    public enum Coupling {
        COUPLED,
        DECOUPLED,
        UNKNOWN
    }

    public enum Loss {
        CROSS_ENTROPY,
        MSE
    }

    public Sample {
        for (double[] row : features) {
            requireFinite("features", row);
        }
        for (double[] row : weights) {
            requireFinite("weights", row);
        }
        requireFinite("bias", bias);
        requireRows("labels", labels.length, features.length);
        if (predictions.length > 0) {
            requireRows("predictions", predictions.length, features.length);
        }
        if (sampleWeights.length > 0) {
            requireRows("sample weights", sampleWeights.length, features.length);
        }
        if (bias.length > 0) {
            requireRows("bias", bias.length, weights.length);
        }
        for (int label : labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label " + label + " of " + classes + " classes");
            }
        }
    }

    /** Features of a layer without weights, cross-entropy. */
    public static Sample of(double[][] features, int[] labels, int classes) {
        return new Sample(
                features,
                labels,
                new int[0],
                new double[0][],
                new double[0],
                classes,
                Layer.DENSE,
                0,
                Coupling.UNKNOWN,
                false,
                Loss.CROSS_ENTROPY,
                new double[0],
                new double[0]);
    }

    /** Weights alone. */
    public static Sample ofWeights(double[][] weights, double[] bias, int classes, Layer layer) {
        return of(new double[0][], new int[0], classes).withWeights(weights, bias, layer);
    }

    public Sample withWeights(double[][] newWeights, double[] newBias, Layer newLayer) {
        return new Sample(
                features,
                labels,
                predictions,
                newWeights,
                newBias,
                classes,
                newLayer,
                weightDecay,
                coupling,
                biasDecayed,
                loss,
                sampleWeights,
                firstOmegas);
    }

    public Sample withPredictions(int... newPredictions) {
        return new Sample(
                features,
                labels,
                newPredictions,
                weights,
                bias,
                classes,
                layer,
                weightDecay,
                coupling,
                biasDecayed,
                loss,
                sampleWeights,
                firstOmegas);
    }

    public Sample withDecay(double newWeightDecay, Coupling newCoupling, boolean newBiasDecayed) {
        return new Sample(
                features,
                labels,
                predictions,
                weights,
                bias,
                classes,
                layer,
                newWeightDecay,
                newCoupling,
                newBiasDecayed,
                loss,
                sampleWeights,
                firstOmegas);
    }

    public Sample withLoss(Loss newLoss) {
        return new Sample(
                features,
                labels,
                predictions,
                weights,
                bias,
                classes,
                layer,
                weightDecay,
                coupling,
                biasDecayed,
                newLoss,
                sampleWeights,
                firstOmegas);
    }

    public Sample withSampleWeights(double... newSampleWeights) {
        return new Sample(
                features,
                labels,
                predictions,
                weights,
                bias,
                classes,
                layer,
                weightDecay,
                coupling,
                biasDecayed,
                loss,
                newSampleWeights,
                firstOmegas);
    }

    public Sample withFirstOmegas(double... newFirstOmegas) {
        return new Sample(
                features,
                labels,
                predictions,
                weights,
                bias,
                classes,
                layer,
                weightDecay,
                coupling,
                biasDecayed,
                loss,
                sampleWeights,
                newFirstOmegas);
    }

    public boolean hasFeatures() {
        return features.length > 0;
    }

    public boolean hasWeights() {
        return weights.length > 0;
    }

    /** The classifier: flagged so, one row per class and one column per feature. */
    public boolean isClassifier() {
        return layer == Layer.CLASSIFIER
                && weights.length == classes
                && (!hasFeatures() || weights[0].length == features[0].length);
    }

    double weightOf(int row) {
        return sampleWeights.length == 0 ? 1 : sampleWeights[row];
    }

    private static void requireFinite(String what, double[] row) {
        for (double x : row) {
            if (!Double.isFinite(x)) {
                throw new IllegalArgumentException(what + ": " + x);
            }
        }
    }

    private static void requireRows(String what, int rows, int expected) {
        if (rows != expected) {
            throw new IllegalArgumentException(what + ": " + rows + " rows instead of " + expected);
        }
    }
}
