package dev.collapsemonitor.standalone.bench;

import com.google.protobuf.MessageLite;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a training publishes, made up: the same few blocks of features again and again, under any identity. */
final class MadeUpRun {
    static final int CLASSES = 10;

    private static final long HEARTBEAT_MILLIS = 10_000;

    private final String name;
    private final Blocks blocks;
    private final List<Layer> layers;

    /**
     * Features and weights that runs share.
     *
     * @param rows of a batch
     * @param features distinct blocks of rows × dimension
     * @param labels of the rows
     * @param hidden weights dimension × dimension
     * @param classifier weights classes × dimension
     */
    record Blocks(
            int rows, int dimension, List<Tensor> features, List<Integer> labels, Tensor hidden, Tensor classifier) {
        private static final int DISTINCT = 16;

        /** Rows around class means after a ReLU, and random weights. */
        static Blocks of(int rows, int dimension) {
            Random random = new Random(1);
            List<Integer> labels = new ArrayList<>();
            for (int i = 0; i < rows; i++) {
                labels.add(i % CLASSES);
            }
            List<Tensor> features = new ArrayList<>();
            for (int block = 0; block < DISTINCT; block++) {
                float[] values = new float[rows * dimension];
                for (int i = 0; i < values.length; i++) {
                    double mean = i % dimension % CLASSES == labels.get(i / dimension) ? 1 : 0;
                    values[i] = (float) Math.max(0, mean + 0.5 * random.nextGaussian());
                }
                features.add(TensorCodec.floats(values, rows, dimension));
            }
            return new Blocks(
                    rows,
                    dimension,
                    features,
                    labels,
                    gaussian(random, dimension, dimension),
                    gaussian(random, CLASSES, dimension));
        }

        private static Tensor gaussian(Random random, int rows, int columns) {
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() / Math.sqrt(columns));
            }
            return TensorCodec.floats(values, rows, columns);
        }
    }

    /** @param depth layers, the last of which is the classifier */
    MadeUpRun(String name, int depth, Blocks blocks) {
        this.name = name;
        this.blocks = blocks;
        layers = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            boolean classifier = i == depth - 1;
            layers.add(Layer.newBuilder()
                    .setIndex(i)
                    .setName(classifier ? "classifier" : "dense" + i)
                    .setKind(LayerKind.DENSE)
                    .setClassifier(classifier)
                    .setFeatureDim(blocks.dimension())
                    .addWeightDims(classifier ? CLASSES : blocks.dimension())
                    .addWeightDims(blocks.dimension())
                    .build());
        }
    }

    String name() {
        return name;
    }

    /** Says what it is and that it begins. */
    void start(Sender sender) {
        RunDescriptor.Builder descriptor = RunDescriptor.newBuilder()
                .setRun(name)
                .setExperiment("bench")
                .setAttempt(1)
                .setFramework("bench")
                .setDataset("made up")
                .setClasses(CLASSES)
                .addAllLayers(layers)
                .setHeartbeatIntervalMs(HEARTBEAT_MILLIS);
        descriptor.getLossBuilder().setKind(LossKind.CROSS_ENTROPY).setScale(1);
        descriptor.getOptimizerBuilder().setKind(OptimizerKind.SGD).setMomentum(0.9);
        descriptor.getWeightDecayBuilder().setLambda(5e-4);
        for (int k = 0; k < CLASSES; k++) {
            descriptor.addClassCounts(1000);
        }
        sender.send(Topic.RUNS, Keys.run(name), bytes(descriptor.build()));
        send(sender, Progress.newBuilder().setEvent(ProgressEvent.STARTED));
    }

    /** Says where it stands. */
    void progress(Sender sender, long step) {
        send(
                sender,
                Progress.newBuilder()
                        .setEvent(ProgressEvent.HEARTBEAT)
                        .setStep(step)
                        .setEpoch(step)
                        .setLoss(1.0 / step)
                        .setAccuracy(0.9)
                        .setLearningRate(0.1));
    }

    private void send(Sender sender, Progress.Builder progress) {
        sender.send(
                Topic.PROGRESS,
                Keys.run(name),
                bytes(progress.setRun(name).setAttempt(1).build()));
    }

    /** A part of a snapshot of a layer, which waits for weights or not. */
    void features(Sender sender, int layer, long step, int part, int parts, boolean weightsFollow) {
        features(sender, layer, step, part, parts, weightsFollow, 0);
    }

    /** As above, with that many rows that the network is said to get wrong. */
    void features(Sender sender, int layer, long step, int part, int parts, boolean weightsFollow, int wrong) {
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun(name)
                .setLayer(layers.get(layer))
                .setAttempt(1)
                .setEpoch(step)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setPart(part)
                .setParts(parts)
                .setClasses(CLASSES)
                .addAllLabels(blocks.labels())
                .addAllPredictedLabels(blocks.labels())
                .setFeatures(blocks.features()
                        .get((int) ((step + layer + part) % blocks.features().size())))
                .setWeightsFollow(weightsFollow);
        for (int row = 0; row < wrong; row++) {
            batch.setPredictedLabels(row, (batch.getLabels(row) + 1) % CLASSES);
        }
        sender.send(Topic.FEATURES, key(layer), bytes(batch.build()));
    }

    /** The weights of a layer for the snapshot of a step. */
    void weights(Sender sender, int layer, long step) {
        boolean classifier = layers.get(layer).getClassifier();
        WeightChunk chunk = WeightChunk.newBuilder()
                .setRun(name)
                .setLayer(layers.get(layer))
                .setAttempt(1)
                .setEpoch(step)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setRows(classifier ? CLASSES : blocks.dimension())
                .setWeights(classifier ? blocks.classifier() : blocks.hidden())
                .setWeightDecay(5e-4)
                .setLoss(LossKind.CROSS_ENTROPY)
                .setFeaturesFollow(true)
                .setClasses(CLASSES)
                .build();
        sender.send(Topic.WEIGHTS, key(layer), bytes(chunk));
    }

    /** Key of the records of a layer. */
    byte[] key(int layer) {
        return Keys.layer(name, layers.get(layer).getName());
    }

    private static byte[] bytes(MessageLite message) {
        return message.toByteArray();
    }
}
