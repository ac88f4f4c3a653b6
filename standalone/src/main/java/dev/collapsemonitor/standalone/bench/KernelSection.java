package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.Workspace;
import org.bytedeco.javacpp.FloatPointer;

/** The accumulator alone, on one thread, beside the bare BLAS product of the same size in turns. */
final class KernelSection implements Section {
    private static final int ROUNDS = 7;
    private static final long ROUND_NANOS = 500_000_000L;

    @Override
    public void run(BenchEnvironment environment, BenchReport report) {
        int rows = Features.ROWS;
        int dimension = Features.DIMENSION;
        float[] features = Features.rows(1);
        int[] labels = Features.labels();
        Batch batch = new Batch();
        Workspace workspace = new Workspace();
        try (LayerAccumulator accumulator =
                        new LayerAccumulator(Features.CLASSES, dimension, false, AccumulatorLimits.DEFAULT);
                FloatPointer block = new FloatPointer(features);
                FloatPointer product = new FloatPointer((long) dimension * dimension)) {
            double observe = 0;
            double ssyrk = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long id = (long) round << 32;
                double observed = rate(i -> {
                    batch.load(features, rows, dimension, labels, labels, id + i);
                    accumulator.observe(batch, workspace);
                });
                double multiplied = rate(i -> Blas.addGramLower(rows, dimension, 1f, block, product));
                // The best of the rounds: what else runs on the machine only slows down.
                observe = Math.max(observe, observed);
                ssyrk = Math.max(ssyrk, multiplied);
            }
            report.add("kernel_samples_s", observe * rows);
            report.add("kernel_mb_s", observe * Features.RECORD_BYTES / 1e6);
            report.add("ssyrk_samples_s", ssyrk * rows);
            report.add("scatter_vs_ssyrk", observe / ssyrk);
        }
    }

    private interface Work {
        void once(int i);
    }

    /** Calls a second, over one round. */
    private static double rate(Work work) {
        long begin = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - begin < ROUND_NANOS) {
            work.once(count++);
        }
        return count * 1e9 / (System.nanoTime() - begin);
    }
}
