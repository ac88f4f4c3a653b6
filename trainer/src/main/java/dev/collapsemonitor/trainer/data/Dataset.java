package dev.collapsemonitor.trainer.data;

import java.util.List;

/** A training and a test set with the names of their classes. */
public record Dataset(String name, Samples train, Samples test, List<String> classNames) {
    public Dataset {
        classNames = List.copyOf(classNames);
    }

    /** Number of classes. */
    public int classes() {
        return classNames.size();
    }
}
