package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.monitor.linalg.Decompositions;
import dev.collapsemonitor.monitor.linalg.Matrix;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Singular values of a weight matrix: as the monitor takes them, and by a true SVD. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SpectrumBenchmark {
    /** Rows and columns of the weights. */
    @Param({"512x4608", "512x512"})
    public String shape;

    private Matrix weights;

    @Setup
    public void prepare() {
        String[] parts = shape.split("x");
        weights = SnapshotBenchmark.randomMatrix(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Benchmark
    public double[] singularValues() {
        return Decompositions.singularValues(weights, 10, 512);
    }

    @Benchmark
    public double[] svd() {
        return Decompositions.singularValuesBySvd(weights);
    }
}
