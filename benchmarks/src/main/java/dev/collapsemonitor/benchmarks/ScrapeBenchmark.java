package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A scrape of a thousand runs of three layers with all metrics, after short and long histories: it must not grow with them. */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ScrapeBenchmark {
    private static final int RUNS = 1_000;
    private static final int LAYERS = 3;

    /** Results of each layer. */
    @Param({"1", "200"})
    public int history;

    private PrometheusMeterRegistry registry;

    @Setup(Level.Trial)
    public void fill() {
        RunDirectory runs = new RunDirectory();
        Random random = new Random(1);
        for (int i = 0; i < RUNS; i++) {
            Run run = runs.open("run-" + i);
            run.update(
                    RunDescriptor.newBuilder()
                            .setRun(run.name())
                            .setExperiment("bench")
                            .setAttempt(1)
                            .build(),
                    0);
            run.update(
                    Progress.newBuilder()
                            .setRun(run.name())
                            .setAttempt(1)
                            .setEvent(ProgressEvent.HEARTBEAT)
                            .setLoss(1)
                            .setAccuracy(0.5)
                            .setLearningRate(0.1)
                            .build(),
                    0);
            for (int layer = 0; layer < LAYERS; layer++) {
                LayerResult.Builder result = result(run.name(), layer, random);
                for (int step = 0; step < history; step++) {
                    run.update(result.setStep(step).build(), 0);
                }
            }
        }
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.getPrometheusRegistry().register(new RunCollector(runs));
        String text = registry.scrape();
        System.out.printf(
                "# %d series, %.1f MB%n",
                text.lines().filter(line -> !line.startsWith("#")).count(), text.length() / 1e6);
    }

    private static LayerResult.Builder result(String run, int index, Random random) {
        boolean classifier = index == LAYERS - 1;
        LayerResult.Builder result = LayerResult.newBuilder()
                .setRun(run)
                .setLayer(Layer.newBuilder()
                        .setIndex(index)
                        .setName(classifier ? "classifier" : "dense" + index)
                        .setClassifier(classifier))
                .setAttempt(1)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setSamples(1000)
                .setCoverage(1);
        for (Metric metric : Metric.values()) {
            boolean has =
                    metric.scope() != Metric.Scope.RUN && (classifier || metric.scope() != Metric.Scope.CLASSIFIER);
            if (has) {
                result.putMetrics(metric.exportedName(), random.nextDouble());
            }
        }
        return result;
    }

    @Benchmark
    public String scrape() {
        return registry.scrape();
    }
}
