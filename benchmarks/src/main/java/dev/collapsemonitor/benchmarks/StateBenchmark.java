package dev.collapsemonitor.benchmarks;

import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a commit costs the stream thread before anything is sent, and what a restart costs after everything was read: eight
 * open snapshots of dimension 512, ten classes, of which each got another 256 rows since the last commit.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class StateBenchmark {
    private static final int OPEN = 8;
    private static final int DIMENSION = 512;
    private static final int CLASSES = 10;
    private static final int ROWS = 256;
    private static final int PARTS = 1 << 20;

    /**
     * Parts of 256 rows in each snapshot that is restored: of the samples, 8 MiB are retained, 16 parts. A flush adds a
     * part each time, so that it soon writes snapshots that retain all they may: the dearest there are.
     */
    @Param({"4", "40"})
    public int parts;

    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private final Map<ByteBuffer, byte[]> log = new HashMap<>();
    private FeatureBatch.Builder batch;
    private LayerStage stage;
    private int part;
    private int records;
    private long bytes;

    @Setup(Level.Trial)
    public void open() throws IOException {
        FeatureRows rows = FeatureRows.clusters(CLASSES, DIMENSION, ROWS);
        batch = FeatureBatch.newBuilder()
                .setLayer(Layer.newBuilder()
                        .setName("fc")
                        .setKind(LayerKind.DENSE)
                        .setFeatureDim(DIMENSION))
                .setAttempt(1)
                .setStep(1)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setParts(PARTS)
                .setClasses(CLASSES)
                .addAllLabels(Arrays.stream(rows.labels()).boxed().toList())
                .setFeatures(TensorCodec.floats(rows.features(), ROWS, DIMENSION));
        stage = stage();
        stage.restore(new HashMap<>(), 0);
        for (int i = 0; i < parts; i++) {
            sendPart();
        }
        stage.flush(this::keep);
    }

    private static LayerStage stage() {
        return new LayerStage(AccumulatorLimits.DEFAULT, Duration.ofHours(1), RollingSettings.DEFAULT, result -> {});
    }

    private void keep(byte[] key, byte[] value) {
        if (value == null) {
            log.remove(ByteBuffer.wrap(key));
        } else {
            log.put(ByteBuffer.wrap(key), value);
        }
    }

    @Setup(Level.Invocation)
    public void sendPart() {
        for (int run = 0; run < OPEN; run++) {
            FeatureBatch message = batch.setRun("run " + run).setPart(part).build();
            stage.features(reader.features(Keys.layer(message.getRun(), "fc"), message.toByteArray(), null), 0);
        }
        part++;
    }

    @TearDown(Level.Trial)
    public void close() {
        stage.close();
        long logged = log.values().stream().mapToLong(value -> value.length).sum();
        System.out.printf(
                Locale.ROOT,
                "%nlast flush: %.1f MB in %d records; a log to restore: %.1f MB%n",
                bytes / 1e6,
                records,
                logged / 1e6);
    }

    @Benchmark
    public void flush() {
        records = 0;
        bytes = 0;
        stage.flush((key, value) -> {
            records++;
            bytes += value == null ? 0 : value.length;
        });
    }

    @Benchmark
    public int restore() throws IOException {
        try (LayerStage restored = stage()) {
            return restored.restore(new HashMap<>(log), 0).entries();
        }
    }
}
