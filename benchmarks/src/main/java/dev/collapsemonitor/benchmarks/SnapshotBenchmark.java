package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.monitor.statistics.Workspace;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to close a snapshot: all metrics of a classifier layer, MSE decomposition included; beside it one float64 product
 * of two matrices of that dimension, since the time is spent in such products and machines differ in them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SnapshotBenchmark {
    /** Feature dimension, number of classes, batches of 256 rows. */
    @Param({"512x10x8", "512x10x40", "2048x1000x40"})
    public String shape;

    private LayerAccumulator accumulator;
    private LayerWeights weights;
    private Matrix square;

    @Setup(Level.Trial)
    public void prepare() {
        String[] parts = shape.split("x");
        int dimension = Integer.parseInt(parts[0]);
        int classes = Integer.parseInt(parts[1]);
        int rows = 256 * Integer.parseInt(parts[2]);
        FeatureRows all = FeatureRows.clusters(classes, dimension, rows);
        accumulator = new LayerAccumulator(classes, dimension, false, AccumulatorLimits.DEFAULT, rows);
        Batch batch = new Batch();
        Workspace workspace = new Workspace();
        float[] block = new float[256 * dimension];
        int[] labels = new int[256];
        for (int from = 0; from < rows; from += 256) {
            System.arraycopy(all.features(), from * dimension, block, 0, block.length);
            System.arraycopy(all.labels(), from, labels, 0, 256);
            batch.load(block, 256, dimension, labels, labels, from);
            accumulator.observe(batch, workspace);
        }
        square = randomMatrix(dimension, dimension);
        weights = new LayerWeights(
                randomMatrix(classes, dimension),
                new double[classes],
                true,
                LayerKind.DENSE,
                5e-4,
                Coupling.COUPLED,
                false,
                LossKind.MSE,
                0,
                new long[0]);
    }

    static Matrix randomMatrix(int rows, int columns) {
        Random random = new Random(3);
        return Matrix.of(
                rows, columns, random.doubles((long) rows * columns, -0.1, 0.1).toArray());
    }

    @TearDown(Level.Trial)
    public void release() {
        accumulator.close();
    }

    @Benchmark
    public LayerMetrics close() {
        return LayerMetrics.of(accumulator.statistics(), weights);
    }

    @Benchmark
    public Matrix product() {
        return square.times(square);
    }
}
