package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class RunPublisherTest {
    private static final Moment MOMENT = new Moment(2, 3, 99);
    private static final int COLUMNS = 1_000;

    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());

    @Test
    void shouldSplitFeaturesBelowTheTargetSizeAndLoseNoRow() throws InvalidProtocolBufferException {
        int rows = 500;
        publisher(Integer.MAX_VALUE).features(features(rows), MOMENT);
        List<ProducerRecord<byte[], byte[]>> records = producer.history();
        assertThat(records).hasSize(4); // 131 rows of 4,008 bytes fit into 512 KiB
        int row = 0;
        for (int part = 0; part < records.size(); part++) {
            assertThat(records.get(part).value().length).isLessThan(Topic.MAX_RECORD_BYTES);
            FeatureBatch batch = FeatureBatch.parseFrom(records.get(part).value());
            assertThat(batch.getPart()).isEqualTo(part);
            assertThat(batch.getParts()).isEqualTo(4);
            assertThat(batch.getStep()).isEqualTo(99);
            assertThat(batch.getAttempt()).isEqualTo(2);
            assertThat(batch.getWeightsFollow()).isTrue();
            TensorView view = TensorView.of("features", batch.getFeatures());
            assertThat(view.columns()).isEqualTo(COLUMNS);
            double[] values = view.toDoubles();
            for (int i = 0; i < view.rows(); i++, row++) {
                assertThat(values[i * COLUMNS + 1]).isEqualTo(row * COLUMNS + 1);
                assertThat(batch.getLabels(i)).isEqualTo(row % 10);
                assertThat(batch.getPredictedLabels(i)).isEqualTo((row + 1) % 10);
            }
        }
        assertThat(row).isEqualTo(rows);
    }

    @Test
    void shouldKeepTheRowLimit() {
        publisher(10).features(features(25), MOMENT);
        assertThat(producer.history()).hasSize(3);
    }

    @Test
    void shouldMarkRecordsWithKeyAndSchemaVersion() {
        publisher(Integer.MAX_VALUE).features(features(1), MOMENT);
        ProducerRecord<byte[], byte[]> record = producer.history().get(0);
        assertThat(record.topic()).isEqualTo(Topic.FEATURES.topicName());
        assertThat(record.key()).isEqualTo(Keys.layer("r1", "fc"));
        assertThat(record.headers().lastHeader(RecordHeaders.SCHEMA_VERSION).value())
                .isEqualTo(RecordHeaders.currentSchemaVersion());
    }

    @Test
    void shouldPutTheBiasOnTheFirstChunkOfTheWeightsOnly() throws InvalidProtocolBufferException {
        float[] weights = new float[200 * COLUMNS];
        weights[199 * COLUMNS] = 5;
        WeightSet set = new WeightSet(
                layer(),
                Rows.of(weights, COLUMNS),
                new WeightSet.BiasRow(Rows.of(new float[200], 200)),
                new WeightSet.Decaying(0.5, Coupling.DECOUPLED, false),
                LossKind.CROSS_ENTROPY,
                true,
                10);
        publisher(Integer.MAX_VALUE).weights(set, MOMENT);
        assertThat(producer.history()).hasSize(2);
        WeightChunk first = WeightChunk.parseFrom(producer.history().get(0).value());
        WeightChunk second = WeightChunk.parseFrom(producer.history().get(1).value());
        assertThat(first.hasBias()).isTrue();
        assertThat(second.hasBias()).isFalse();
        assertThat(second.getRowOffset()).isEqualTo(first.getWeights().getDims(0));
        assertThat(second.getRows()).isEqualTo(200);
        assertThat(second.getWeightDecay()).isEqualTo(0.5);
        assertThat(second.getCoupling()).isEqualTo(Coupling.DECOUPLED);
        int lastRow = (int) (199 - second.getRowOffset());
        assertThat(TensorView.of("weights", second.getWeights()).toDoubles()[lastRow * COLUMNS])
                .isEqualTo(5);
    }

    @Test
    void shouldWriteTheSameBytesForTheSameInput() {
        publisher(Integer.MAX_VALUE).features(features(3), MOMENT);
        publisher(Integer.MAX_VALUE).features(features(3), MOMENT);
        publisher(Integer.MAX_VALUE).describe();
        publisher(Integer.MAX_VALUE).describe();
        List<ProducerRecord<byte[], byte[]>> records = producer.history();
        assertThat(records.get(1).value()).isEqualTo(records.get(0).value());
        assertThat(records.get(3).value()).isEqualTo(records.get(2).value());
    }

    @Test
    void shouldSayStartedAndExactlyOneEnd() throws InvalidProtocolBufferException {
        try (RunPublisher publisher = publisher(Integer.MAX_VALUE)) {
            publisher.start();
            publisher.progress(1, 10, Measures.of(0.5, 0.75, 0.1));
            publisher.finished();
            publisher.failed("too late");
        }
        assertThat(producer.history().get(0).topic()).isEqualTo(Topic.RUNS.topicName());
        List<Progress> progress = progress();
        assertThat(progress)
                .extracting(Progress::getEvent)
                .containsExactly(ProgressEvent.STARTED, ProgressEvent.HEARTBEAT, ProgressEvent.FINISHED);
        assertThat(progress.get(2).getLoss()).isEqualTo(0.5);
        assertThat(progress.get(2).getStep()).isEqualTo(10);
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void shouldReportADivergedLossAsInfinite() throws InvalidProtocolBufferException {
        publisher(Integer.MAX_VALUE).progress(1, 10, Measures.of(Double.NaN, 0.1, 0.1));
        assertThat(progress().get(0).getLoss()).isInfinite();
    }

    @Test
    void shouldKeepAFailuresFirstLine() throws InvalidProtocolBufferException {
        publisher(Integer.MAX_VALUE).failed("boom\nat somewhere");
        assertThat(progress().get(0).getReason()).isEqualTo("boom");
    }

    @Test
    void shouldDropAndCountWhatTheBrokerDoesNotTakeButTryTheEndAgain() throws InvalidProtocolBufferException {
        producer.sendException = new TimeoutException("no broker");
        RunPublisher publisher = publisher(10);
        publisher.features(features(25), MOMENT);
        assertThat(publisher.dropped()).isEqualTo(3);
        producer.sendException = null;
        publisher.progress(1, 10, Measures.NONE); // still within the pause
        assertThat(producer.history()).isEmpty();
        publisher.finished();
        assertThat(progress().get(0).getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(progress().get(0).getBatchesDropped()).isEqualTo(4);
    }

    @Test
    void shouldBeatOnItsOwnUntilTheEnd() throws InterruptedException, InvalidProtocolBufferException {
        CountDownLatch beats = new CountDownLatch(3);
        MockProducer<byte[], byte[]> counting =
                new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized Future<RecordMetadata> send(
                            ProducerRecord<byte[], byte[]> record, Callback callback) {
                        if (Thread.currentThread().getName().startsWith("collapse-heartbeat")) {
                            beats.countDown();
                        }
                        return super.send(record, callback);
                    }
                };
        RunDescriptor descriptor = RunDescriptor.newBuilder()
                .setRun("r1")
                .setHeartbeatIntervalMs(20)
                .build();
        try (RunPublisher publisher = new RunPublisher(counting, descriptor, 1)) {
            publisher.start();
            publisher.update(1, 7);
            assertThat(beats.await(30, TimeUnit.SECONDS)).isTrue();
            publisher.finished();
        }
        List<ProducerRecord<byte[], byte[]>> records = counting.history();
        Progress last = Progress.parseFrom(records.get(records.size() - 1).value());
        assertThat(last.getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(last.getStep()).isEqualTo(7);
    }

    @Test
    void shouldSayInOneLineThatABootstrapAddressIsImpossible() {
        assertThatThrownBy(() -> Broker.at("nonsense").check())
                .isInstanceOf(UserException.class)
                .hasMessageContaining("nonsense");
    }

    @Test
    void shouldRefuseNamesThatTheContractForbids() {
        RunDescriptor descriptor = RunDescriptor.newBuilder().setRun("a/b").build();
        assertThatThrownBy(() -> new RunPublisher(producer, descriptor, 1))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a/b");
    }

    private List<Progress> progress() throws InvalidProtocolBufferException {
        List<Progress> found = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : producer.history()) {
            if (record.topic().equals(Topic.PROGRESS.topicName())) {
                found.add(Progress.parseFrom(record.value()));
            }
        }
        return found;
    }

    private RunPublisher publisher(int rowLimit) {
        RunDescriptor descriptor = RunDescriptor.newBuilder()
                .setRun("r1")
                .setAttempt(2)
                .putAllHyperparameters(Map.of("a", "1", "b", "2", "c", "3"))
                .build();
        return new RunPublisher(producer, descriptor, rowLimit);
    }

    private static Layer layer() {
        return Layer.newBuilder().setName("fc").setFeatureDim(COLUMNS).build();
    }

    private static FeatureSet features(int rows) {
        float[] values = new float[rows * COLUMNS];
        int[] labels = new int[rows];
        int[] predictions = new int[rows];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        for (int i = 0; i < rows; i++) {
            labels[i] = i % 10;
            predictions[i] = (i + 1) % 10;
        }
        return new FeatureSet(layer(), Split.TRAIN, 10, Rows.of(values, COLUMNS), labels, predictions, true);
    }
}
