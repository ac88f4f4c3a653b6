package dev.collapsemonitor.benchmarks;

import java.util.Arrays;
import java.util.Random;

/** Seeded clusters of features. */
record FeatureRows(float[] features, int[] labels) {

    /** ReLU-like features: a positive centre for each class, noise around it. */
    static FeatureRows clusters(int classes, int dimension, int rows) {
        Random random = new Random(7);
        float[] centres = new float[classes * dimension];
        for (int i = 0; i < centres.length; i++) {
            centres[i] = (float) Math.max(0, random.nextGaussian());
        }
        float[] features = new float[rows * dimension];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = random.nextInt(classes);
            for (int j = 0; j < dimension; j++) {
                features[i * dimension + j] = centres[labels[i] * dimension + j] + 0.1f * (float) random.nextGaussian();
            }
        }
        return new FeatureRows(features, labels);
    }

    FeatureRows slice(int from, int rows) {
        int dimension = features.length / labels.length;
        return new FeatureRows(
                Arrays.copyOfRange(features, from * dimension, (from + rows) * dimension),
                Arrays.copyOfRange(labels, from, from + rows));
    }
}
