package dev.collapsemonitor.monitor.testing;

import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.List;
import java.util.Random;

/** Records that keep the contract, for tests to bend: run r, layer fc, a classifier of 3 classes in 4 dimensions. */
public final class Records {
    public static final int CLASSES = 3;
    public static final int DIMENSION = 4;
    public static final int ROWS = 12;
    public static final Layer LAYER = Layer.newBuilder()
            .setName("fc")
            .setKind(LayerKind.DENSE)
            .setClassifier(true)
            .setFeatureDim(DIMENSION)
            .addWeightDims(CLASSES)
            .addWeightDims(DIMENSION)
            .build();

    private Records() {}

    /** One part of a training snapshot; its content depends on step and part. */
    public static FeatureBatch.Builder features(long step, int part, int parts) {
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun("r")
                .setLayer(LAYER)
                .setAttempt(1)
                .setEpoch(step / 10.0)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setPart(part)
                .setParts(parts)
                .setClasses(CLASSES)
                .setFeatures(TensorCodec.floats(rows(step, part), ROWS, DIMENSION));
        for (int i = 0; i < ROWS; i++) {
            batch.addLabels(i % CLASSES).addPredictedLabels((i + i / 10) % CLASSES);
        }
        return batch;
    }

    /** Features of a part, row-major: classes around distinct means. */
    public static float[] rows(long step, int part) {
        Random random = new Random(1000 * step + part);
        float[] rows = new float[ROWS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            int label = i / DIMENSION % CLASSES;
            rows[i] = (float) (0.3 * random.nextGaussian() + (i % DIMENSION == label ? 2 : 0.1 * label));
        }
        return rows;
    }

    /** All weights of a step in one chunk. */
    public static WeightChunk.Builder weights(long step) {
        return weightRows(step, 0, CLASSES);
    }

    /** Some rows of the weights of a step. */
    public static WeightChunk.Builder weightRows(long step, int from, int count) {
        Random random = new Random(step);
        float[] values = new float[CLASSES * DIMENSION];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        WeightChunk.Builder chunk = WeightChunk.newBuilder()
                .setRun("r")
                .setLayer(LAYER)
                .setAttempt(1)
                .setEpoch(step / 10.0)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setRowOffset(from)
                .setRows(CLASSES)
                .setWeights(TensorCodec.floats(values, from * DIMENSION, DataType.FLOAT, count, DIMENSION))
                .setWeightDecay(5e-4)
                .setCoupling(Coupling.COUPLED)
                .setLoss(LossKind.CROSS_ENTROPY)
                .setFeaturesFollow(true)
                .setClasses(CLASSES);
        return from > 0 ? chunk : chunk.setBias(TensorCodec.floats(new float[] {0.1f, 0, -0.1f}, CLASSES));
    }

    public static RunDescriptor.Builder descriptor(int attempt) {
        return RunDescriptor.newBuilder()
                .setRun("r")
                .setExperiment("e")
                .setAttempt(attempt)
                .setFramework("test")
                .setDataset("rings")
                .setClasses(CLASSES)
                .addLayers(LAYER)
                .setHeartbeatIntervalMs(30_000);
    }

    public static Progress.Builder heartbeat(int attempt, long step, double loss) {
        return progress(attempt, step, ProgressEvent.HEARTBEAT).setLoss(loss);
    }

    public static Progress.Builder progress(int attempt, long step, ProgressEvent event) {
        return Progress.newBuilder()
                .setRun("r")
                .setAttempt(attempt)
                .setEvent(event)
                .setStep(step)
                .setEpoch(step / 10.0);
    }

    public static LayerResult.Builder result(int attempt, long step, double nc1) {
        return LayerResult.newBuilder()
                .setRun("r")
                .setLayer(LAYER)
                .setAttempt(attempt)
                .setEpoch(step / 10.0)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setCoverage(1)
                .setSamples(ROWS)
                .putMetrics("nc1", nc1);
    }

    /** Key of what {@link #features} and {@link #weights} make. */
    public static byte[] layerKey() {
        return Keys.layer("r", "fc");
    }

    public static byte[] runKey() {
        return Keys.run("r");
    }

    /** Logits around an update on class 1: its batch moves by 5 and 10, the probes of its class by 7.5 and 15. */
    public static ElasticityProbe.Builder elasticity() {
        return ElasticityProbe.newBuilder()
                .setBatchClass(1)
                .setBatchBefore(TensorCodec.floats(new float[] {0, 0, 1, 1}, 2, 2))
                .setBatchAfter(TensorCodec.floats(new float[] {3, 4, 7, 9}, 2, 2))
                .addAllProbeLabels(List.of(1, 0, 1))
                .setProbeBefore(TensorCodec.floats(new float[] {0, 0, 2, 0, 0, 0}, 3, 2))
                .setProbeAfter(TensorCodec.floats(new float[] {7.5f, 0, 2, 0.75f, 9, 12}, 3, 2));
    }
}
