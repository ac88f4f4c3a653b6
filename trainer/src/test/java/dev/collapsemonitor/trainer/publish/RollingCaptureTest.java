package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

class RollingCaptureTest {
    private static final int SAMPLES = 32;
    private static final int BATCH = 10; // the last of an epoch holds 2
    private static final int EPOCHS = 3;
    private static final int INPUTS = TestNetworks.SIDE * TestNetworks.SIDE;

    private final DataSet data = TestNetworks.data(SAMPLES, DataType.FLOAT);
    private final RecordingConnection connection = new RecordingConnection();

    @Test
    void shouldPublishWhatTheRecordedWeightsOfTheStepMakeOfTheBatchInASequence() {
        train(TestNetworks.plain(), builder().rolling(1));
        for (long step = 0; step < 4L * EPOCHS; step++) {
            FeatureBatch input = rolling("first", step);
            double[][] hidden = relu(layer("first", step, rows(input)));
            assertRows(rolling("classifier", step), hidden);
            assertPredictions(rolling("classifier", step), layer("classifier", step, hidden));
            assertThat(input.getPredictedLabelsList())
                    .isEqualTo(rolling("classifier", step).getPredictedLabelsList());
        }
    }

    @Test
    void shouldPublishWhatTheRecordedWeightsOfTheStepMakeOfTheBatchInAGraph() {
        ComputationGraph graph = TestNetworks.residual();
        CollapsePublisher publisher = builder().rolling(1).build(connection);
        graph.setListeners(publisher);
        graph.fit(publisher.watch(batches()), EPOCHS);
        for (long step = 0; step < 4L * EPOCHS; step++) {
            double[][] hidden = relu(layer("first", step, rows(rolling("first", step))));
            assertRows(rolling("block", step), hidden);
            double[][] block = relu(layer("block", step, hidden));
            for (int i = 0; i < hidden.length; i++) {
                for (int j = 0; j < hidden[i].length; j++) {
                    block[i][j] += hidden[i][j];
                }
            }
            assertRows(rolling("classifier", step), block);
            assertPredictions(rolling("classifier", step), layer("classifier", step, block));
        }
    }

    @Test
    void shouldTakeTheInputOfAnOutputLayerToo() {
        train(TestNetworks.sequence(DataType.FLOAT), builder().rolling(1));
        for (long step = 0; step < 4L * EPOCHS; step++) {
            FeatureBatch classifier = rolling("classifier", step);
            assertThat(classifier.getFeatures().getDimsList()).containsExactly((long) classifier.getLabelsCount(), 7L);
            assertPredictions(classifier, layer("classifier", step, rows(classifier)));
        }
    }

    @Test
    void shouldFlattenTheInputsOfConvolutionsInTheGraphsOwnOrder() {
        ComputationGraph graph = TestNetworks.convolutional(DataType.FLOAT);
        CollapsePublisher publisher = builder().rolling(1).build(connection);
        graph.setListeners(publisher);
        graph.fit(publisher.watch(batches()), EPOCHS);
        FeatureBatch stem = rolling("stem", 0);
        double[] samples = data.getFeatures().dup('c').data().asDouble();
        assertThat(TensorView.of("features", stem.getFeatures()).toDoubles())
                .containsExactly(Arrays.copyOf(samples, BATCH * INPUTS), within(0.0));
        assertThat(rolling("fast", 0).getFeatures())
                .isEqualTo(rolling("shortcut", 0).getFeatures());
    }

    @Test
    void shouldGiveEveryRowItsOwnLabel() {
        train(TestNetworks.plain(), builder().rolling(1));
        double[] samples = data.getFeatures().dup('c').data().asDouble();
        for (long step = 0; step < 4L * EPOCHS; step++) {
            FeatureBatch batch = rolling("first", step);
            double[][] rows = rows(batch);
            assertThat(rows).hasDimensions(step % 4 == 3 ? 2 : BATCH, INPUTS);
            for (int i = 0; i < rows.length; i++) {
                int sample = (int) (step % 4) * BATCH + i;
                assertThat(rows[i][0]).isEqualTo(samples[sample * INPUTS]);
                assertThat(batch.getLabels(i)).isEqualTo(sample % TestNetworks.CLASSES);
            }
        }
    }

    @Test
    void shouldCaptureEveryNthStepAndTheWeightsWithEveryMthCapture() {
        train(TestNetworks.plain(), builder().stepsPerEpoch(4).rolling(2).rollingWeightsEvery(3));
        List<FeatureBatch> captured = rolling("first");
        assertThat(captured).extracting(FeatureBatch::getStep).containsExactly(0L, 2L, 4L, 6L, 8L, 10L);
        assertThat(captured).extracting(FeatureBatch::getEpoch).containsExactly(0.0, 0.5, 1.0, 1.5, 2.0, 2.5);
        assertThat(captured)
                .extracting(FeatureBatch::getWeightsFollow)
                .containsExactly(true, false, false, true, false, false);
        assertThat(rollingWeights("first")).extracting(WeightChunk::getStep).containsExactly(0L, 6L);
        assertThat(captured).allMatch(batch -> batch.getPart() == 0 && batch.getParts() == 1);
    }

    @Test
    void shouldPublishASnapshotOfTheStepBesideItsBatch() {
        train(TestNetworks.plain(), builder().rolling(1).snapshots(new SnapshotEpochs.Every(1)));
        WeightChunk rolling = rollingWeights("first").stream()
                .filter(chunk -> chunk.getStep() == 4)
                .findFirst()
                .orElseThrow();
        WeightChunk snapshot = connection.weights().stream()
                .filter(chunk -> chunk.getMode() == Mode.SNAPSHOT
                        && chunk.getStep() == 4
                        && chunk.getLayer().getName().equals("first"))
                .findFirst()
                .orElseThrow();
        // After four updates the pass of the fifth step is made with the weights that the epoch ended with.
        assertThat(rolling.getWeights()).isEqualTo(snapshot.getWeights());
        assertThat(rolling.getBias()).isEqualTo(snapshot.getBias());
    }

    @Test
    void shouldSplitABatchThatIsTooLargeForARecord() {
        train(TestNetworks.plain(), builder().rolling(4).rowsPerRecord(4));
        assertThat(rolling("first")).hasSize(3 * EPOCHS).allMatch(batch -> batch.getParts() == 3);
    }

    @Test
    void shouldSayAtTheStartThatTheLabelsAreMissing() {
        MultiLayerNetwork network = TestNetworks.plain();
        network.setListeners(builder().rolling(1).build(connection));
        assertThatThrownBy(() -> network.fit(batches(), EPOCHS))
                .isInstanceOf(UserException.class)
                .hasMessage("run r1: rolling capture needs the labels of the mini-batches;"
                        + " train on publisher.watch(iterator)");
    }

    @Test
    void shouldSayThatOtherBatchesAreTrainedThanAreWatched() {
        MultiLayerNetwork network = TestNetworks.plain();
        CollapsePublisher publisher = builder().rolling(1).build(connection);
        network.setListeners(publisher);
        publisher.watch(new ViewIterator(data, 5)).next();
        assertThatThrownBy(() -> network.fit(batches(), EPOCHS))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a mini-batch of 10 samples came, but the labels of 5 were seen");
    }

    private void train(MultiLayerNetwork network, CollapsePublisher.Builder builder) {
        CollapsePublisher publisher = builder.build(connection);
        network.setListeners(publisher);
        network.fit(publisher.watch(batches()), EPOCHS);
    }

    private CollapsePublisher.Builder builder() {
        return CollapsePublisher.builder("unused:1", "r1", EPOCHS)
                .trainingData(SnapshotSamples.of(data, SAMPLES, 1))
                .snapshots(new SnapshotEpochs.Every(EPOCHS))
                .rollingWeightsEvery(1);
    }

    /** DL4J would fetch these ahead, and the labels would run away from the batch in training. */
    private DataSetIterator batches() {
        return new ViewIterator(data, BATCH) {
            @Override
            public boolean asyncSupported() {
                return true;
            }
        };
    }

    private List<FeatureBatch> rolling(String layer) {
        return connection.features().stream()
                .filter(batch -> batch.getMode() == Mode.ROLLING
                        && batch.getLayer().getName().equals(layer))
                .toList();
    }

    private FeatureBatch rolling(String layer, long step) {
        return single(rolling(layer).stream().filter(batch -> batch.getStep() == step));
    }

    private List<WeightChunk> rollingWeights(String layer) {
        return connection.weights().stream()
                .filter(chunk -> chunk.getMode() == Mode.ROLLING
                        && chunk.getLayer().getName().equals(layer))
                .toList();
    }

    private static <T> T single(Stream<T> found) {
        List<T> list = found.toList();
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    /** Wh + b in float64, with the weights that were published for the step. */
    private double[][] layer(String layer, long step, double[][] inputs) {
        WeightChunk chunk = single(rollingWeights(layer).stream().filter(candidate -> candidate.getStep() == step));
        double[] weights = TensorView.of("weights", chunk.getWeights()).toDoubles();
        double[] bias = TensorView.of("bias", chunk.getBias()).toDoubles();
        double[][] outputs = new double[inputs.length][bias.length];
        for (int i = 0; i < inputs.length; i++) {
            for (int a = 0; a < bias.length; a++) {
                outputs[i][a] = bias[a];
                for (int b = 0; b < inputs[i].length; b++) {
                    outputs[i][a] += weights[a * inputs[i].length + b] * inputs[i][b];
                }
            }
        }
        return outputs;
    }

    private static double[][] relu(double[][] values) {
        for (double[] row : values) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.max(0, row[j]);
            }
        }
        return values;
    }

    private static double[][] rows(FeatureBatch batch) {
        TensorView view = TensorView.of("features", batch.getFeatures());
        double[] values = view.toDoubles();
        double[][] rows = new double[view.rows()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(values, i * view.columns(), (i + 1) * view.columns());
        }
        return rows;
    }

    private static void assertRows(FeatureBatch batch, double[][] expected) {
        double[][] actual = rows(batch);
        assertThat(actual).hasDimensions(expected.length, expected[0].length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).containsExactly(expected[i], within(1e-5));
        }
    }

    private static void assertPredictions(FeatureBatch batch, double[][] logits) {
        for (int i = 0; i < logits.length; i++) {
            double chosen = logits[i][batch.getPredictedLabels(i)];
            for (double logit : logits[i]) {
                assertThat(chosen).isGreaterThanOrEqualTo(logit - 1e-5); // float32 may break a tie another way
            }
        }
    }
}
