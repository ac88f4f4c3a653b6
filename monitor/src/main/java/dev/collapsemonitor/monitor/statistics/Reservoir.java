package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.statistics.AccumulatorLimits.Retention;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A bounded random sample of the rows, stratified by class, for what needs single samples (nearest centres, cosines).
 * Complete while everything fits; beyond, every class keeps at most the same number of rows, those with the smallest
 * hash of (seed, batch, row).
 *
 * <p>With {@link AccumulatorLimits.Retention#NEWEST} the last rows of a class are kept instead.
 *
 * <p>The hash makes the choice independent of the order of arrival and of how parts are merged: class k always keeps
 * min(n_k, c) rows, c the largest number with Σ_k min(n_k, c) ≤ capacity, except that a class keeps at least one.
 */
final class Reservoir {
    private static final long SEED = 0x9e3779b97f4a7c15L;

    private final int capacity;
    private final int dimension;
    private final boolean doubles;
    private final boolean newest;
    private final ClassSamples[] classes;
    private int retained;
    private int cap = Integer.MAX_VALUE;

    Reservoir(int classes, int dimension, boolean doubles, int capacity, Retention retention) {
        this.classes = new ClassSamples[classes];
        this.dimension = dimension;
        this.doubles = doubles;
        this.capacity = capacity;
        this.newest = retention == Retention.NEWEST;
    }

    /**
     * Considers the rows of a batch.
     *
     * @param before rows that came before this batch
     */
    void observe(Batch batch, long before) {
        for (int row = 0; row < batch.rows(); row++) {
            int label = batch.labels()[row];
            ClassSamples samples = samplesOf(label);
            long priority = newest ? -(before + row) : priority(batch.id(), row);
            if (samples.accepts(priority, cap)) {
                retained += samples.add(batch, row, priority, cap);
                shrink();
            }
        }
    }

    void merge(Reservoir other) {
        cap = Math.min(cap, other.cap);
        for (ClassSamples samples : classes) {
            retained -= samples == null ? 0 : samples.shrinkTo(cap);
        }
        for (int k = 0; k < classes.length; k++) {
            ClassSamples from = other.classes[k];
            if (from == null) {
                continue;
            }
            ClassSamples samples = samplesOf(k);
            for (int i = 0; i < from.size(); i++) {
                if (samples.accepts(from.priority(i), cap)) {
                    retained += samples.add(from, i, cap);
                    shrink();
                }
            }
        }
    }

    int size() {
        return retained;
    }

    void write(DataOutput out) throws IOException {
        out.writeInt(cap);
        for (ClassSamples samples : classes) {
            out.writeInt(samples == null ? 0 : samples.size());
            if (samples != null) {
                samples.write(out);
            }
        }
    }

    void restore(DataInput in) throws IOException {
        cap = in.readInt();
        for (int k = 0; k < classes.length; k++) {
            int size = in.readInt();
            if (size > 0) {
                samplesOf(k).restore(in, size);
                retained += size;
            }
        }
    }

    /** Retained samples of a class, or null when it has none. */
    ClassSamples samples(int label) {
        return classes[label];
    }

    /** Bytes of rows when full; known in advance. */
    static long memoryBytes(int capacity, int dimension, boolean doubles) {
        return (long) capacity * (dimension * (doubles ? Double.BYTES : Float.BYTES) + Long.BYTES + 2 * Integer.BYTES);
    }

    private ClassSamples samplesOf(int label) {
        ClassSamples samples = classes[label];
        if (samples == null) {
            samples = new ClassSamples(dimension, doubles);
            classes[label] = samples;
        }
        return samples;
    }

    private void shrink() {
        while (retained > capacity && cap > 1) {
            int largest = 0;
            for (ClassSamples samples : classes) {
                largest = Math.max(largest, samples == null ? 0 : samples.size());
            }
            cap = Math.max(1, largest - 1);
            for (ClassSamples samples : classes) {
                retained -= samples == null ? 0 : samples.shrinkTo(cap);
            }
        }
    }

    /** SplitMix64's finalizer over seed, batch and row. */
    private static long priority(long batch, int row) {
        long z = SEED + batch * 0xd1342543de82ef95L + row * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
