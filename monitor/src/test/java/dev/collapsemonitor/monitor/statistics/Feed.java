package dev.collapsemonitor.monitor.statistics;

import dev.collapsemonitor.monitor.oracle.TestData;
import java.util.Arrays;

/** Feeds test data to accumulators, in batches chosen by the test. */
final class Feed {
    /** float32 products in every dimension, and never all samples at hand to redo them from. */
    static final AccumulatorLimits SINGLE = new AccumulatorLimits(4096, 0, 1);

    private Feed() {}

    static Batch batch(TestData data, boolean doubles, long id) {
        return batch(data, doubles, id, new int[0]);
    }

    static Batch batch(TestData data, boolean doubles, long id, int... predicted) {
        Batch batch = new Batch();
        if (doubles) {
            batch.load(data.flattened64(), data.rows(), data.dimensions(), data.labels(), predicted, id);
        } else {
            batch.load(data.flattened(), data.rows(), data.dimensions(), data.labels(), predicted, id);
        }
        return batch;
    }

    /** An accumulator that has seen the rows in batches of that size; ids count from {@code firstId}. */
    static LayerAccumulator accumulate(
            TestData data, boolean doubles, AccumulatorLimits limits, int batchRows, long firstId) {
        LayerAccumulator accumulator = new LayerAccumulator(data.classes(), data.dimensions(), doubles, limits);
        observe(accumulator, data, doubles, batchRows, firstId);
        return accumulator;
    }

    static void observe(LayerAccumulator accumulator, TestData data, boolean doubles, int batchRows, long firstId) {
        Workspace workspace = new Workspace();
        long id = firstId;
        for (int from = 0; from < data.rows(); from += batchRows) {
            TestData rows = data.slice(from, Math.min(data.rows(), from + batchRows));
            accumulator.observe(batch(rows, doubles, id++), workspace);
        }
    }

    static int[] constant(int size, int value) {
        int[] array = new int[size];
        Arrays.fill(array, value);
        return array;
    }
}
