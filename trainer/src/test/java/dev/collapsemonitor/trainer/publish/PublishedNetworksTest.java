package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.MockProducer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Networks of both kinds, published from the first epoch to the last. */
class PublishedNetworksTest {
    private static final int SAMPLES = 30;
    private static final int BATCH = 10;
    private static final int EPOCHS = 2;

    private final DataSet data = TestNetworks.data(SAMPLES, DataType.FLOAT);
    private final RecordingConnection connection = new RecordingConnection();

    @Test
    void shouldPublishAGraphWithSignalsThatMakeTheGradientOfItsWeights() {
        ComputationGraph graph = TestNetworks.convolutional(DataType.FLOAT);
        graph.setListeners(builder().signals(true).rowsPerRecord(7).build(connection));
        graph.fit(batches(), EPOCHS);
        RunDescriptor descriptor = connection.descriptor();
        assertThat(descriptor.getLayersList())
                .extracting(Layer::getName)
                .startsWith("stem")
                .endsWith("hidden", "classifier");
        assertThat(descriptor.getWeightDecay().getLambda()).isEqualTo(TestNetworks.DECAY);
        for (Layer layer : descriptor.getLayersList()) {
            List<FeatureBatch> parts = connection.features(layer.getName(), 6);
            assertThat(parts).extracting(FeatureBatch::getPart).containsExactly(0, 1, 2, 3, 4);
            boolean dense = layer.getKind() == LayerKind.DENSE;
            assertThat(parts).allMatch(part -> part.hasBackpropagatedSignals() == dense);
            if (dense) {
                WeightChunk weights = connection.weights(layer.getName(), 6);
                assertThat(weights.getGradientNorm())
                        .isPositive()
                        .isCloseTo(gradientNorm(parts, weights), within(1e-5 * weights.getGradientNorm()));
                assertThat(weights.getClassCountsList()).containsExactly(10L, 10L, 10L);
            }
        }
    }

    /** ‖(1/N) Σ δhᵀ + λW‖_F from what was published alone. */
    private static double gradientNorm(List<FeatureBatch> parts, WeightChunk chunk) {
        TensorView weights = TensorView.of("weights", chunk.getWeights());
        double[] sum = new double[weights.rows() * weights.columns()];
        for (FeatureBatch part : parts) {
            double[] features = TensorView.of("h", part.getFeatures()).toDoubles();
            double[] signals =
                    TensorView.of("δ", part.getBackpropagatedSignals()).toDoubles();
            for (int i = 0; i < part.getLabelsCount(); i++) {
                for (int a = 0; a < weights.rows(); a++) {
                    for (int b = 0; b < weights.columns(); b++) {
                        sum[a * weights.columns() + b] +=
                                signals[i * weights.rows() + a] * features[i * weights.columns() + b];
                    }
                }
            }
        }
        double[] w = weights.toDoubles();
        double squares = 0;
        for (int i = 0; i < sum.length; i++) {
            squares += Math.pow(sum[i] / SAMPLES + chunk.getWeightDecay() * w[i], 2);
        }
        return Math.sqrt(squares);
    }

    @Test
    void shouldCountStepsAndEpochsOfAGraphAndEndWithFinished() {
        ComputationGraph graph = TestNetworks.residual();
        graph.setListeners(builder().build(connection));
        graph.fit(batches(), EPOCHS);
        List<Progress> progress = connection.progress();
        assertThat(progress)
                .filteredOn(Progress::hasLoss)
                .extracting(Progress::getStep)
                .containsExactly(0L, 3L, 6L, 6L);
        Progress end = progress.get(progress.size() - 1);
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(end.getLearningRate()).isCloseTo(0.1, within(1e-9));
        int[] predicted = graph.outputSingle(data.getFeatures()).argMax(1).toIntVector();
        assertThat(connection.features("classifier", 6).get(0).getPredictedLabelsList())
                .containsExactly(Arrays.stream(predicted).boxed().toArray(Integer[]::new));
    }

    @Test
    void shouldTrainAsIfItWereNotThere() {
        ComputationGraph alone = TestNetworks.convolutional(DataType.FLOAT);
        alone.fit(batches(), EPOCHS);
        ComputationGraph observed = TestNetworks.convolutional(DataType.FLOAT);
        CollapsePublisher publisher = builder().signals(true).rolling(1).build(connection);
        observed.setListeners(publisher);
        observed.fit(publisher.watch(batches()), EPOCHS);
        assertThat(observed.params().equalsWithEps(alone.params(), 0)).isTrue();
    }

    @Test
    void shouldLeaveAnEmbeddingOutAndTakeWhatItPutsOut() {
        DataSet indices =
                new DataSet(Nd4j.arange(SAMPLES).reshape(SAMPLES, 1).castTo(DataType.FLOAT), data.getLabels());
        MultiLayerNetwork network = TestNetworks.unconstrained(SAMPLES);
        network.setListeners(
                builder().trainingData(SnapshotSamples.of(indices, SAMPLES, 1)).build(connection));
        network.fit(new ViewIterator(indices, BATCH), EPOCHS);
        assertThat(connection.descriptor().getLayersList())
                .singleElement()
                .satisfies(layer -> assertThat(layer.getName()).isEqualTo("classifier"));
        double[] published = TensorView.of(
                        "h", connection.features("classifier", 6).get(0).getFeatures())
                .toDoubles();
        assertThat(published)
                .containsExactly(
                        network.getLayer(0).getParam("W").dup('c').data().asDouble(), within(1e-6));
    }

    @Test
    void shouldPublishTheChosenLayersUnderTheirIndexAmongAll() {
        ComputationGraph graph = TestNetworks.convolutional(DataType.FLOAT);
        graph.setListeners(builder().layers("hidden", "classifier").build(connection));
        graph.fit(batches(), EPOCHS);
        assertThat(connection.descriptor().getLayersList())
                .extracting(Layer::getIndex)
                .containsExactly(3, 4);
        assertThat(connection.features())
                .extracting(batch -> batch.getLayer().getName())
                .containsOnly("hidden", "classifier");
    }

    @Test
    void shouldSayWhichLayersThereAreWhenAChosenOneIsMissing() {
        ComputationGraph graph = TestNetworks.residual();
        graph.setListeners(builder().layers("head").build(connection));
        assertThatThrownBy(() -> graph.fit(batches(), EPOCHS))
                .isInstanceOf(UserException.class)
                .hasMessage("run r1 has no layer head to publish; it has [block, classifier, first]");
    }

    @Test
    void shouldGoOnWhereAResumedRunStands(@TempDir Path directory) throws IOException {
        MultiLayerNetwork network = TestNetworks.plain();
        network.setListeners(builder().build(connection)); // for 2 epochs
        network.fit(batches(), EPOCHS);
        File file = directory.resolve("network.zip").toFile();
        network.save(file);
        MultiLayerNetwork restored = MultiLayerNetwork.load(file, true);
        RecordingConnection second = new RecordingConnection(mock(), 2);
        restored.setListeners(CollapsePublisher.builder("unused:1", "r1", 4)
                .trainingData(SnapshotSamples.of(data, SAMPLES, 1))
                .snapshots(new SnapshotEpochs.Listed(Set.of()))
                .build(second));
        restored.fit(batches(), 2);
        assertThat(second.descriptor().getAttempt()).isEqualTo(2);
        assertThat(second.descriptor().getTotalEpochs()).isEqualTo(4);
        assertThat(second.features("first", 6)).singleElement().satisfies(batch -> {
            assertThat(batch.getEpoch()).isEqualTo(2);
            assertThat(batch.getAttempt()).isEqualTo(2);
        });
        assertThat(second.weights("first", 6).getWeights())
                .isEqualTo(connection.weights("first", 6).getWeights());
        List<Progress> progress = second.progress();
        assertThat(progress.get(0).getEvent()).isEqualTo(ProgressEvent.STARTED);
        Progress end = progress.get(progress.size() - 1);
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(end.getEpoch()).isEqualTo(4);
        assertThat(end.getStep()).isEqualTo(12);
    }

    @Test
    void shouldRefuseANetworkThatIsBeyondItsLastEpoch() {
        MultiLayerNetwork network = TestNetworks.plain();
        network.fit(batches(), EPOCHS);
        network.setListeners(builder().build(connection));
        assertThatThrownBy(() -> network.fit(batches(), 1))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("2 epochs already, of 2 in all");
    }

    @Test
    void shouldNeverWaitForAProducerThatBlocks() throws InterruptedException {
        BlockingProducer blocking = new BlockingProducer();
        RecordingConnection stuck = new RecordingConnection(blocking, 1);
        ComputationGraph graph = TestNetworks.residual();
        CollapsePublisher publisher = builder(20).rolling(1).queueBytes(20_000).build(stuck);
        graph.setListeners(publisher);
        // Were anything to wait for the producer, this would hang: it is let go only when two epochs are over.
        publisher.watch(batches());
        graph.fit(publisher.watch(batches()), 2);
        long dropped = publisher.dropped();
        assertThat(dropped).isPositive();
        blocking.awaitBlocked();
        blocking.unblock();
        publisher.close();
        assertThat(stuck.features()).hasSizeLessThan(3 * 3 + 6 * 3);
        Progress end = stuck.progress().get(stuck.progress().size() - 1);
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FAILED);
        assertThat(end.getBatchesDropped()).isEqualTo(dropped);
        // Weights were refused before their features said that they follow, or else they came.
        for (FeatureBatch batch : stuck.features()) {
            assertThat(stuck.weights().stream()
                            .anyMatch(chunk -> chunk.getStep() == batch.getStep()
                                    && chunk.getMode() == batch.getMode()
                                    && chunk.getLayer().equals(batch.getLayer())))
                    .isEqualTo(batch.getWeightsFollow());
        }
    }

    @Test
    void shouldMakeRoomForOneSnapshotUnlessToldOtherwise() {
        MultiLayerNetwork network = TestNetworks.plain();
        network.setListeners(builder().build(connection));
        network.fit(batches(), EPOCHS);
        assertThat(connection.options().queueBytes()).isEqualTo(PublisherOptions.DEFAULT.queueBytes());
        RecordingConnection small = new RecordingConnection();
        MultiLayerNetwork second = TestNetworks.plain();
        second.setListeners(builder().queueBytes(1_000_000).build(small));
        second.fit(batches(), EPOCHS);
        assertThat(small.options().queueBytes()).isEqualTo(1_000_000);
    }

    @Test
    void shouldMarkSnapshotsAsExact() {
        MultiLayerNetwork network = TestNetworks.plain();
        network.setListeners(builder().build(connection));
        network.fit(batches(), EPOCHS);
        assertThat(connection.features()).isNotEmpty().allMatch(batch -> batch.getMode() == Mode.SNAPSHOT);
        assertThat(connection.weights()).isNotEmpty().allMatch(chunk -> chunk.getMode() == Mode.SNAPSHOT);
    }

    private CollapsePublisher.Builder builder() {
        return builder(EPOCHS);
    }

    private CollapsePublisher.Builder builder(int epochs) {
        return CollapsePublisher.builder("unused:1", "r1", epochs)
                .trainingData(SnapshotSamples.of(data, SAMPLES, 1))
                .snapshots(new SnapshotEpochs.Every(1));
    }

    private DataSetIterator batches() {
        return new ViewIterator(data, BATCH);
    }

    private static MockProducer<byte[], byte[]> mock() {
        return new CopyingProducer();
    }
}
