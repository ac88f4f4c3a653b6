package dev.collapsemonitor.trainer.optimizer;

/**
 * Softmax regression trained in float64 by update steps written out from their definitions: the oracle of the update
 * rules.
 */
final class StepsByHand {
    static final int INPUTS = 3;
    static final int CLASSES = 4;
    static final double[][] X = {
        {0.5, -1.0, 0.25}, {1.5, 0.5, -0.75}, {-0.5, 2.0, 1.0}, {0.25, 0.75, -1.25}, {-1.0, -0.5, 0.5}
    };
    static final int[] Y = {0, 1, 2, 3, 1};
    static final double BETA2 = 0.999;
    static final double EPSILON = 1e-8;

    /** In x out, with the bias as the last row, which no decay touches. */
    final double[][] w = new double[INPUTS + 1][CLASSES];

    private final double[][] first = new double[INPUTS + 1][CLASSES];
    private final double[][] second = new double[INPUTS + 1][CLASSES];
    private final double[][] largest = new double[INPUTS + 1][CLASSES];
    private int steps;

    /** Starts from these weights (in x out) and no bias. */
    StepsByHand(double[][] weights) {
        for (int j = 0; j < INPUTS; j++) {
            w[j] = weights[j].clone();
        }
    }

    void step(String rule, double rate, double momentum, Decay decay) {
        steps++;
        double[][] gradient = gradient();
        double coupled = decay.lambda() * decay.coupledShare();
        double decoupled = decay.lambda() * (1 - decay.coupledShare());
        for (int j = 0; j <= INPUTS; j++) {
            for (int k = 0; k < CLASSES; k++) {
                double decaying = j < INPUTS ? w[j][k] : 0;
                double g = gradient[j][k] + coupled * decaying;
                w[j][k] -= change(rule, j, k, g, rate, momentum) + rate * decoupled * decaying;
            }
        }
    }

    private double change(String rule, int j, int k, double g, double rate, double momentum) {
        switch (rule) {
            case "sgd" -> {
                first[j][k] = momentum * first[j][k] + g;
                return rate * first[j][k];
            }
            case "nesterov" -> {
                double before = first[j][k];
                first[j][k] = momentum * before - rate * g;
                return momentum * before - (1 + momentum) * first[j][k];
            }
            case "adam", "amsgrad" -> {
                first[j][k] = momentum * first[j][k] + (1 - momentum) * g;
                second[j][k] = BETA2 * second[j][k] + (1 - BETA2) * g * g;
                largest[j][k] = Math.max(largest[j][k], second[j][k]);
                double square = rule.equals("adam") ? second[j][k] : largest[j][k];
                double corrected = rate * Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(momentum, steps));
                return corrected * first[j][k] / (Math.sqrt(square) + EPSILON);
            }
            case "signsgd" -> {
                return rate * Math.signum(g);
            }
            case "signum" -> {
                first[j][k] = momentum * first[j][k] + (1 - momentum) * g;
                return rate * Math.signum(first[j][k]);
            }
            default -> throw new IllegalArgumentException(rule);
        }
    }

    /** Of the mean cross-entropy. */
    private double[][] gradient() {
        double[][] gradient = new double[INPUTS + 1][CLASSES];
        for (int i = 0; i < X.length; i++) {
            double[] p = new double[CLASSES];
            double sum = 0;
            for (int k = 0; k < CLASSES; k++) {
                double logit = w[INPUTS][k];
                for (int j = 0; j < INPUTS; j++) {
                    logit += X[i][j] * w[j][k];
                }
                p[k] = Math.exp(logit);
                sum += p[k];
            }
            for (int k = 0; k < CLASSES; k++) {
                double error = (p[k] / sum - (Y[i] == k ? 1 : 0)) / X.length;
                for (int j = 0; j <= INPUTS; j++) {
                    gradient[j][k] += error * (j < INPUTS ? X[i][j] : 1);
                }
            }
        }
        return gradient;
    }
}
