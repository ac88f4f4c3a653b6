package dev.collapsemonitor.standalone;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.oracle.Sample;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The exact arrays of one run as they lie on the broker, and every metric of them by the slow oracle. Reads protobuf and
 * little-endian bytes itself: a decoding error of the monitor would show.
 */
final class PublishedArrays {
    private final Map<Key, List<FeatureBatch>> features = new TreeMap<>();
    private final Map<String, List<WeightChunk>> weights = new TreeMap<>();

    /** A snapshot of a layer. */
    record Key(String layer, long step, Split split) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return toString().compareTo(other.toString());
        }
    }

    private PublishedArrays() {}

    /** Of one snapshot that is at hand. */
    static PublishedArrays of(List<FeatureBatch> batches, List<WeightChunk> chunks) {
        PublishedArrays arrays = new PublishedArrays();
        FeatureBatch any = batches.get(0);
        arrays.features.put(new Key(any.getLayer().getName(), any.getStep(), any.getSplit()), new ArrayList<>(batches));
        arrays.weights.put(any.getLayer().getName() + " " + any.getStep(), new ArrayList<>(chunks));
        return arrays;
    }

    /** Reads what was published of a run with one attempt. */
    static PublishedArrays of(LiveMonitor live, String run) throws InvalidProtocolBufferException {
        PublishedArrays arrays = new PublishedArrays();
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.FEATURES)) {
            FeatureBatch batch = FeatureBatch.parseFrom(record.value());
            if (batch.getRun().equals(run)) {
                arrays.features
                        .computeIfAbsent(
                                new Key(batch.getLayer().getName(), batch.getStep(), batch.getSplit()),
                                key -> new ArrayList<>())
                        .add(batch);
            }
        }
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.WEIGHTS)) {
            WeightChunk chunk = WeightChunk.parseFrom(record.value());
            if (chunk.getRun().equals(run)) {
                arrays.weights
                        .computeIfAbsent(chunk.getLayer().getName() + " " + chunk.getStep(), key -> new ArrayList<>())
                        .add(chunk);
            }
        }
        return arrays;
    }

    /** All snapshots. */
    List<Key> snapshots() {
        return List.copyOf(features.keySet());
    }

    /** Records that a snapshot's features came in. */
    int parts(Key snapshot) {
        return features.get(snapshot).size();
    }

    /** Every metric of a snapshot, by its definition; the central path starts at the first training snapshot. */
    SlowMetrics.Result oracle(Key snapshot) {
        Sample sample = sample(snapshot);
        if (snapshot.split() != Split.TRAIN) {
            return SlowMetrics.compute(sample);
        }
        long firstStep = features.keySet().stream()
                .filter(key -> key.layer().equals(snapshot.layer()) && key.split() == Split.TRAIN)
                .mapToLong(Key::step)
                .min()
                .orElseThrow();
        double[] first = SlowMetrics.compute(sample(new Key(snapshot.layer(), firstStep, Split.TRAIN)))
                .omegas();
        return SlowMetrics.compute(sample.withFirstOmegas(first));
    }

    /** The bound on the tail of the singular values of a layer, with the gradient made from the signals themselves. */
    double lowRankBound(Key snapshot) {
        List<double[]> signals = new ArrayList<>();
        features.get(snapshot).forEach(batch -> signals.addAll(List.of(matrix(batch.getBackpropagatedSignals()))));
        return SlowMetrics.lowRankBound(sample(snapshot), signals.toArray(double[][]::new));
    }

    private Sample sample(Key snapshot) {
        List<double[]> rows = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Integer> predictions = new ArrayList<>();
        for (FeatureBatch batch : features.get(snapshot)) {
            rows.addAll(List.of(matrix(batch.getFeatures())));
            labels.addAll(batch.getLabelsList());
            predictions.addAll(batch.getPredictedLabelsList());
        }
        FeatureBatch first = features.get(snapshot).get(0);
        Sample sample = Sample.of(rows.toArray(double[][]::new), ints(labels), first.getClasses())
                .withPredictions(ints(predictions));
        List<WeightChunk> chunks = weights.get(snapshot.layer() + " " + snapshot.step());
        return chunks == null ? sample : withWeights(sample, chunks);
    }

    private static Sample withWeights(Sample sample, List<WeightChunk> chunks) {
        WeightChunk first = chunks.get(0);
        double[][] matrix = new double[(int) first.getRows()][];
        double[] bias = new double[0];
        for (WeightChunk chunk : chunks) {
            double[][] rows = matrix(chunk.getWeights());
            System.arraycopy(rows, 0, matrix, (int) chunk.getRowOffset(), rows.length);
            bias = chunk.hasBias() ? values(chunk.getBias()) : bias;
        }
        Sample.Layer layer = first.getLayer().getClassifier()
                ? Sample.Layer.CLASSIFIER
                : first.getLayer().getKind() == LayerKind.CONVOLUTION ? Sample.Layer.CONVOLUTION : Sample.Layer.DENSE;
        return sample.withWeights(matrix, bias, layer)
                .withDecay(
                        first.getWeightDecay(),
                        switch (first.getCoupling()) {
                            case COUPLED -> Sample.Coupling.COUPLED;
                            case DECOUPLED -> Sample.Coupling.DECOUPLED;
                            default -> Sample.Coupling.UNKNOWN;
                        },
                        first.getBiasDecayed())
                .withLoss(first.getLoss() == LossKind.MSE ? Sample.Loss.MSE : Sample.Loss.CROSS_ENTROPY);
    }

    private static double[][] matrix(Tensor tensor) {
        double[] values = values(tensor);
        int rows = (int) tensor.getDims(0);
        double[][] matrix = new double[rows][values.length / rows];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(values, i * matrix[i].length, matrix[i], 0, matrix[i].length);
        }
        return matrix;
    }

    private static double[] values(Tensor tensor) {
        ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        boolean doubles = tensor.getDataType() == DataType.DOUBLE;
        double[] values = new double[bytes.remaining() / (doubles ? Double.BYTES : Float.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = doubles ? bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }
}
