package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Seeded features, labels, predictions and weights of a classifier layer: 4 classes, 8 dimensions, {@value #ROWS} rows;
 * as .npy files and as records.
 */
final class MadeUpLayer {
    static final int ROWS = 120;
    static final int CLASSES = 4;
    static final int DIMENSION = 8;

    private final float[] features = new float[ROWS * DIMENSION];
    private final int[] labels = new int[ROWS];
    private final int[] predictions = new int[ROWS];
    private final float[] weights = new float[CLASSES * DIMENSION];
    private final float[] bias = new float[CLASSES];

    MadeUpLayer(long seed) {
        Random random = new Random(seed);
        for (int k = 0; k < CLASSES; k++) {
            for (int j = 0; j < DIMENSION; j++) {
                weights[k * DIMENSION + j] = (float) ((j == k ? 2 : 0) + 0.3 * random.nextGaussian());
            }
            bias[k] = (float) (0.1 * random.nextGaussian());
        }
        for (int i = 0; i < ROWS; i++) {
            labels[i] = i % CLASSES;
            predictions[i] = random.nextInt(20) == 0 ? (labels[i] + 1) % CLASSES : labels[i];
            for (int j = 0; j < DIMENSION; j++) {
                features[i * DIMENSION + j] = (float) ((j == labels[i] ? 1.5 : 0.5) + 0.4 * random.nextGaussian());
            }
        }
    }

    byte[] featureFile() {
        return npy("<f4", "(" + ROWS + ", " + DIMENSION + ")", floats(features));
    }

    /** The same values as {@link #featureFile}, in float64. */
    byte[] featureFile64() {
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * features.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : features) {
            bytes.putDouble(value);
        }
        return npy("<f8", "(" + ROWS + ", " + DIMENSION + ")", bytes.array());
    }

    byte[] labelFile() {
        return npy("<i4", "(" + ROWS + ",)", ints(labels));
    }

    byte[] predictionFile() {
        return npy("<i4", "(" + ROWS + ",)", ints(predictions));
    }

    byte[] weightFile() {
        return npy("<f4", "(" + CLASSES + ", " + DIMENSION + ")", floats(weights));
    }

    byte[] biasFile() {
        return npy("<f4", "(" + CLASSES + ",)", floats(bias));
    }

    /** A .npy file of version 1, as NumPy writes it. */
    static byte[] npy(String type, String shape, byte[] data) {
        byte[] header = ("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(10 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) header.length)
                .put(header)
                .put(data)
                .array();
    }

    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return bytes.array();
    }

    static Layer layer() {
        return Layer.newBuilder()
                .setName("fc")
                .setKind(LayerKind.DENSE)
                .setClassifier(true)
                .setFeatureDim(DIMENSION)
                .addWeightDims(CLASSES)
                .addWeightDims(DIMENSION)
                .build();
    }

    /** The features in that many parts, in order. */
    List<FeatureBatch> features(String run, int attempt, long step, int parts) {
        List<FeatureBatch> batches = new ArrayList<>();
        int rows = ROWS / parts;
        for (int part = 0; part < parts; part++) {
            int from = part * rows;
            batches.add(FeatureBatch.newBuilder()
                    .setRun(run)
                    .setLayer(layer())
                    .setAttempt(attempt)
                    .setStep(step)
                    .setMode(Mode.SNAPSHOT)
                    .setSplit(Split.TRAIN)
                    .setPart(part)
                    .setParts(parts)
                    .setClasses(CLASSES)
                    .addAllLabels(range(labels, from, rows))
                    .addAllPredictedLabels(range(predictions, from, rows))
                    .setFeatures(TensorCodec.floats(features, from * DIMENSION, DataType.FLOAT, rows, DIMENSION))
                    .setWeightsFollow(true)
                    .build());
        }
        return batches;
    }

    /** The weights in two chunks. */
    List<WeightChunk> weights(String run, int attempt, long step) {
        List<WeightChunk> chunks = new ArrayList<>();
        for (int from = 0; from < CLASSES; from += CLASSES / 2) {
            WeightChunk.Builder chunk = WeightChunk.newBuilder()
                    .setRun(run)
                    .setLayer(layer())
                    .setAttempt(attempt)
                    .setStep(step)
                    .setMode(Mode.SNAPSHOT)
                    .setRowOffset(from)
                    .setRows(CLASSES)
                    .setWeights(TensorCodec.floats(weights, from * DIMENSION, DataType.FLOAT, CLASSES / 2, DIMENSION))
                    .setWeightDecay(5e-4)
                    .setCoupling(Coupling.COUPLED)
                    .setLoss(LossKind.CROSS_ENTROPY)
                    .setFeaturesFollow(true)
                    .setClasses(CLASSES);
            if (from == 0) {
                chunk.setBias(TensorCodec.floats(bias, 1, CLASSES));
            }
            chunks.add(chunk.build());
        }
        return chunks;
    }

    /** Features and weights as records with the key of run and layer, features first. */
    List<ProducerRecord<byte[], byte[]>> records(String run, int attempt, long step, int parts) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        features(run, attempt, step, parts)
                .forEach(batch -> records.add(record(Topic.FEATURES, run, batch.toByteArray())));
        weights(run, attempt, step).forEach(chunk -> records.add(record(Topic.WEIGHTS, run, chunk.toByteArray())));
        return records;
    }

    static ProducerRecord<byte[], byte[]> record(Topic topic, String run, byte[] value) {
        return new ProducerRecord<>(topic.topicName(), key(run), value);
    }

    static byte[] key(String run) {
        return (run + "/" + layer().getName()).getBytes(StandardCharsets.UTF_8);
    }

    private static Iterable<Integer> range(int[] values, int from, int count) {
        return IntStream.of(Arrays.copyOfRange(values, from, from + count))
                .boxed()
                .toList();
    }
}
