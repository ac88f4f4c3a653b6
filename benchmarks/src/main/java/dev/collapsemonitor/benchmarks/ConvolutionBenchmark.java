package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.ConvolutionKind;
import dev.collapsemonitor.trainer.model.ResNet;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
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
import org.openjdk.jmh.annotations.Warmup;

/** Samples per second of training ResNet-8 (16 channels, 32 x 32 x 3), with the fast convolution and with DL4J's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class ConvolutionBenchmark {
    private static final SampleShape SHAPE = new SampleShape(3, 32, 32);
    private static final int CLASSES = 10;
    private static final int BATCH = 64;

    @Param
    public ConvolutionKind convolutions;

    private ComputationGraph network;
    private DataSet batch;

    @Setup(Level.Trial)
    public void prepare() {
        network = new ResNet(1, 16, BatchNorm.ALL, true, convolutions)
                .build(
                        SHAPE,
                        CLASSES,
                        new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.05, 0.9), Decay.coupled(5e-4), 1));
        INDArray labels = Nd4j.zeros(BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        batch = new DataSet(Nd4j.randn('c', BATCH, SHAPE.length()), labels);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public double step() {
        network.fit(batch);
        return network.score();
    }
}
