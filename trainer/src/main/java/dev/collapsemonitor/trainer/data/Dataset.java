package dev.collapsemonitor.trainer.data;

import java.util.List;

/** A training and a test set with the shape of their samples and the names of their classes. */
public record Dataset(String name, Samples train, Samples test, SampleShape shape, List<String> classNames) {
    public Dataset {
        classNames = List.copyOf(classNames);
        if (train.dimension() != shape.length()) {
            throw new IllegalArgumentException("samples of " + train.dimension() + " values are not of " + shape);
        }
    }

    /** The same data set with another training set, of the same classes and shape. */
    public Dataset withTrain(Samples samples) {
        return new Dataset(name, samples, test, shape, classNames);
    }

    /** Number of classes. */
    public int classes() {
        return classNames.size();
    }
}
