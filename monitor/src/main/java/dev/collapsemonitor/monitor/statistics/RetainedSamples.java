package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.linalg.Matrix;

/** A frozen view of the retained samples, sorted by class. */
public final class RetainedSamples {
    private final ClassSamples[] classes;
    private final int[] starts;
    private final int dimension;
    private final boolean complete;

    RetainedSamples(ClassSamples[] classes, int dimension, boolean complete) {
        this.classes = classes;
        this.dimension = dimension;
        this.complete = complete;
        starts = new int[classes.length + 1];
        for (int p = 0; p < classes.length; p++) {
            starts[p + 1] = starts[p] + classes[p].size();
        }
    }

    /** Number of retained samples. */
    public int size() {
        return starts[classes.length];
    }

    /** Whether every sample was retained. */
    public boolean complete() {
        return complete;
    }

    /** Retained samples of the p-th class present. */
    public int size(int p) {
        return classes[p].size();
    }

    /** Rows of the p-th class present, size(p) × dimension. */
    public Matrix rows(int p) {
        double[] rows = new double[size(p) * dimension];
        for (int i = 0; i < size(p); i++) {
            classes[p].copyRow(i, rows, i * dimension);
        }
        return Matrix.of(size(p), dimension, rows);
    }

    /** Predicted label of the i-th sample of the p-th class present; negative when none was published. */
    public int predicted(int p, int i) {
        return classes[p].predicted(i);
    }
}
