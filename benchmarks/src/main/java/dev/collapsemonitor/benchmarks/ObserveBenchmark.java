package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.Batch;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.Workspace;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Samples per second of the accumulator on one thread, and of the bare ssyrk on the same block. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ObserveBenchmark {
    static final int ROWS = 256;

    /** Different batches, taken in turn: more than the caches hold, as in a stream. */
    private static final int BATCHES = 16;

    /** Feature dimension and number of classes. */
    @Param({"64x10", "512x10", "2048x100", "2048x1000"})
    public String shape;

    private int dimension;
    private final FeatureRows[] batches = new FeatureRows[BATCHES];
    private LayerAccumulator accumulator;
    private final Batch batch = new Batch();
    private final Workspace workspace = new Workspace();
    private FloatPointer block;
    private FloatPointer product;
    private long id;

    @Setup(Level.Trial)
    public void prepare() {
        String[] parts = shape.split("x");
        dimension = Integer.parseInt(parts[0]);
        int classes = Integer.parseInt(parts[1]);
        FeatureRows all = FeatureRows.clusters(classes, dimension, ROWS * BATCHES);
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = all.slice(i * ROWS, ROWS);
        }
        accumulator = new LayerAccumulator(classes, dimension, false, AccumulatorLimits.DEFAULT);
        block = new FloatPointer(batches[0].features());
        product = new FloatPointer((long) dimension * dimension);
        // The reservoir is full in the steady state.
        for (int i = 0; i < 200; i++) {
            observe();
        }
    }

    @TearDown(Level.Trial)
    public void release() {
        accumulator.close();
        block.close();
        product.close();
    }

    /** What a stream thread does with a batch once it is parsed. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public void observe() {
        FeatureRows rows = batches[(int) (id % BATCHES)];
        batch.load(rows.features(), ROWS, dimension, rows.labels(), rows.labels(), id++);
        accumulator.observe(batch, workspace);
    }

    /** The reference: the product alone, float32, where float32 is what the accumulator uses. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public void ssyrk() {
        Blas.addGramLower(ROWS, dimension, 1f, block, product);
    }
}
