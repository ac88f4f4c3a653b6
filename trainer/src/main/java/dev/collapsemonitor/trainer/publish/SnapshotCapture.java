package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Takes exact snapshots: an evaluation pass over the chosen samples at frozen weights, whose parts are handed over as they
 * come. The pass itself runs on the thread of the training.
 */
final class SnapshotCapture {
    // Activations of one batch, all layers together: a large network gets small batches.
    private static final long BATCH_BYTES = 64L << 20;
    private static final int LARGEST_BATCH = 256;

    private final ObservedNetwork network;
    private final List<WeightLayer> layers;
    private final LayerWeights weights;
    private final LossKind loss;
    private final int batchRows;
    private final boolean withSignals;

    /**
     * Prepares to take snapshots.
     *
     * @param layers whose inputs and weights are published
     * @param valuesPerSample of all activations
     */
    SnapshotCapture(
            ObservedNetwork network,
            List<WeightLayer> layers,
            LayerWeights weights,
            LossKind loss,
            long valuesPerSample,
            boolean withSignals) {
        this.network = network;
        this.layers = List.copyOf(layers);
        this.weights = weights;
        this.loss = loss;
        this.withSignals = withSignals;
        batchRows = (int) Math.max(1, Math.min(LARGEST_BATCH, BATCH_BYTES / (Float.BYTES * valuesPerSample)));
    }

    /** Bytes of the features and signals of a snapshot of so many samples. */
    long featureBytes(Split split, long samples) {
        long sum = 0;
        for (WeightLayer layer : layers) {
            sum += FeatureStream.bytes(samples, layer.featureDim(), signalColumns(layer, split));
        }
        return sum;
    }

    /** Bytes of the weights of a snapshot. */
    long weightBytes() {
        return layers.stream()
                .mapToLong(layer -> (long) Float.BYTES * layer.outputs() * layer.columns())
                .sum();
    }

    /**
     * Takes a snapshot.
     *
     * @param test samples of the test set, or none
     * @return what the samples of the training set score
     */
    SampleScore publish(RunPublisher publisher, Moment moment, SnapshotSamples train, List<SnapshotSamples> test) {
        // Room for the weights comes first: their features say whether they follow.
        Map<Integer, Reservation> reservations = new HashMap<>();
        layers.forEach(layer -> reservations.put(layer.node(), LayerWeights.reserve(publisher, layer)));
        WeightGradients gradients = new WeightGradients();
        SampleScore score = features(publisher, moment, train, Split.TRAIN, reservations, gradients);
        test.forEach(samples -> features(publisher, moment, samples, Split.TEST, reservations, new WeightGradients()));
        for (WeightLayer layer : layers) {
            weights.publish(
                    publisher, reservations.get(layer.node()), layer, Mode.SNAPSHOT, moment, gradients.norm(layer));
        }
        return score;
    }

    private SampleScore features(
            RunPublisher publisher,
            Moment moment,
            SnapshotSamples samples,
            Split split,
            Map<Integer, Reservation> reservations,
            WeightGradients gradients) {
        List<FeatureStream> streams = new ArrayList<>();
        for (WeightLayer layer : layers) {
            boolean weightsFollow = reservations.get(layer.node()) instanceof Reservation.Granted;
            FeatureHeader header =
                    new FeatureHeader(layer.layer(), Mode.SNAPSHOT, split, samples.classes(), weightsFollow);
            streams.add(
                    publisher.stream(header, moment, samples.size(), layer.featureDim(), signalColumns(layer, split)));
        }
        SampleScore score = new SampleScore(loss);
        try {
            for (int from = 0; from < samples.size(); from += batchRows) {
                int to = Math.min(samples.size(), from + batchRows);
                batch(samples, from, to, split, streams, score, gradients);
            }
        } finally {
            streams.forEach(FeatureStream::close);
            network.clear();
        }
        return score;
    }

    private void batch(
            SnapshotSamples samples,
            int from,
            int to,
            Split split,
            List<FeatureStream> streams,
            SampleScore score,
            WeightGradients gradients) {
        EvaluationPass pass = EvaluationPass.over(network.nodes(), samples.rows(from, to));
        int[] labels = Arrays.copyOfRange(samples.labels(), from, to);
        int[] predictions = score.add(NdArrays.floats(pass.output()), labels);
        Map<Integer, INDArray> signals = Map.of();
        Set<Integer> wanted = layers.stream()
                .filter(layer -> signalColumns(layer, split) > 0)
                .map(WeightLayer::node)
                .collect(Collectors.toSet());
        if (!wanted.isEmpty()) {
            signals = pass.signals(oneHot(labels, samples.classes()), wanted);
            gradients.add(pass, signals, labels.length);
        }
        for (int i = 0; i < streams.size(); i++) {
            int node = layers.get(i).node();
            INDArray signal = signals.get(node);
            streams.get(i)
                    .append(
                            labels,
                            predictions,
                            NdArrays.rows(pass.input(node)),
                            signal == null ? RowSource.NONE : NdArrays.rows(signal));
        }
    }

    private int signalColumns(WeightLayer layer, Split split) {
        return withSignals && split == Split.TRAIN && layer.isDense() ? layer.outputs() : 0;
    }

    private static INDArray oneHot(int[] labels, int classes) {
        float[] values = new float[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            values[i * classes + labels[i]] = 1;
        }
        return Nd4j.createFromArray(values).reshape('c', labels.length, classes);
    }
}
