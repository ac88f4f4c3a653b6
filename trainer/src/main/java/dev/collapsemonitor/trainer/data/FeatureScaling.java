package dev.collapsemonitor.trainer.data;

/** How the features of a CSV file are scaled, with constants that come from the training set alone. */
public enum FeatureScaling {
    /** As they are in the file. */
    NONE,
    /** Every column by the training set's mean and deviation (divisor N); a constant column becomes zero. */
    STANDARDISE,
    /** All by one factor, the largest magnitude of the training set, into [-1, 1]: images stay images. */
    UNIT_RANGE;

    /** Scales both sets in place. */
    void scale(Samples train, Samples test) {
        switch (this) {
            case NONE -> {}
            case STANDARDISE -> standardise(train, test);
            case UNIT_RANGE -> divide(train, test);
        }
    }

    private static void standardise(Samples train, Samples test) {
        for (int column = 0; column < train.dimension(); column++) {
            double mean = 0;
            for (int i = 0; i < train.size(); i++) {
                mean += value(train, i, column);
            }
            mean /= train.size();
            double squares = 0;
            for (int i = 0; i < train.size(); i++) {
                double difference = value(train, i, column) - mean;
                squares += difference * difference;
            }
            double deviation = Math.sqrt(squares / train.size());
            shift(train, column, mean, deviation);
            shift(test, column, mean, deviation);
        }
    }

    private static float value(Samples samples, int i, int column) {
        return samples.features()[i * samples.dimension() + column];
    }

    private static void shift(Samples samples, int column, double mean, double deviation) {
        float[] features = samples.features();
        for (int at = column; at < features.length; at += samples.dimension()) {
            features[at] = deviation == 0 ? 0 : (float) ((features[at] - mean) / deviation);
        }
    }

    private static void divide(Samples train, Samples test) {
        float largest = 0;
        for (float value : train.features()) {
            largest = Math.max(largest, Math.abs(value));
        }
        if (largest == 0) {
            return;
        }
        for (Samples samples : new Samples[] {train, test}) {
            float[] features = samples.features();
            for (int i = 0; i < features.length; i++) {
                features[i] /= largest;
            }
        }
    }
}
