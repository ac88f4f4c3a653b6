package dev.collapsemonitor.monitor.statistics;

import java.util.Arrays;

/**
 * Scratch space of one thread, shared by all accumulators that it feeds: a thousand accumulators cost a thousand times
 * their statistics, not a thousand blocks.
 */
public final class Workspace {
    private final FloatRows floatRows = new FloatRows();
    private final DoubleRows doubleRows = new DoubleRows();
    private int[] order = new int[0];
    private int[] starts = new int[0];

    FloatRows floatRows() {
        return floatRows;
    }

    DoubleRows doubleRows() {
        return doubleRows;
    }

    /**
     * Sorts the rows of a batch by label, keeping their order within a class.
     *
     * @return for class k the rows at {@code order()[starts[k] … starts[k + 1])}
     */
    int[] groupByClass(Batch batch, int classes) {
        if (starts.length < classes + 2) {
            starts = new int[classes + 2];
        }
        if (order.length < batch.rows()) {
            order = new int[batch.rows()];
        }
        Arrays.fill(starts, 0, classes + 2, 0);
        int[] labels = batch.labels();
        // Counts are kept two places ahead so that placing the rows turns them into starts.
        for (int i = 0; i < batch.rows(); i++) {
            starts[labels[i] + 2]++;
        }
        for (int k = 2; k < classes + 2; k++) {
            starts[k] += starts[k - 1];
        }
        for (int i = 0; i < batch.rows(); i++) {
            order[starts[labels[i] + 1]++] = i;
        }
        return starts;
    }

    int[] order() {
        return order;
    }
}
