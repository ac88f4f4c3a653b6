package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import dev.collapsemonitor.trainer.publish.PublisherOptions.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunPublisherTest {
    private static final Moment MOMENT = new Moment(2, 3, 99);
    private static final int COLUMNS = 1_000;

    private final MockProducer<byte[], byte[]> producer = new CopyingProducer();

    @Test
    void shouldSplitFeaturesBelowTheTargetSizeAndLoseNoRow() throws InvalidProtocolBufferException {
        int rows = 500;
        publish(Integer.MAX_VALUE, p -> p.features(features(rows), MOMENT));
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
        publish(10, p -> p.features(features(25), MOMENT));
        assertThat(producer.history()).hasSize(3);
    }

    @Test
    void shouldMarkRecordsWithKeyAndSchemaVersion() {
        publish(Integer.MAX_VALUE, p -> p.features(features(1), MOMENT));
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
        publish(Integer.MAX_VALUE, p -> p.weights(set, MOMENT));
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
        List<List<ProducerRecord<byte[], byte[]>>> histories = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            MockProducer<byte[], byte[]> fresh = mock();
            try (RunPublisher publisher = new RunPublisher(fresh, descriptor(), options(Integer.MAX_VALUE))) {
                publisher.features(features(3), MOMENT);
                publisher.describe();
            }
            histories.add(fresh.history());
        }
        assertThat(histories.get(0)).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(histories.get(1).get(i).value())
                    .isEqualTo(histories.get(0).get(i).value());
        }
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
        publish(Integer.MAX_VALUE, p -> p.progress(1, 10, Measures.of(Double.NaN, 0.1, 0.1)));
        assertThat(progress().get(0).getLoss()).isInfinite();
    }

    @Test
    void shouldKeepAFailuresFirstLine() throws InvalidProtocolBufferException {
        publish(Integer.MAX_VALUE, p -> p.failed("boom\nat somewhere"));
        assertThat(progress().get(0).getReason()).isEqualTo("boom");
    }

    @Test
    void shouldCountWhatTheBrokerDoesNotTakeAndTryTheEndAllTheSame() throws InvalidProtocolBufferException {
        MockProducer<byte[], byte[]> refusing = new CopyingProducer() {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
                if (record.topic().equals(Topic.FEATURES.topicName())) {
                    throw new TimeoutException("no broker");
                }
                return super.send(record, callback);
            }
        };
        try (RunPublisher publisher = new RunPublisher(refusing, descriptor(), options(10))) {
            publisher.features(features(25), MOMENT);
            publisher.finished();
            publisher.close();
            assertThat(publisher.dropped()).isEqualTo(3);
        }
        Progress end = Progress.parseFrom(refusing.history().get(0).value());
        assertThat(end.getEvent()).isEqualTo(ProgressEvent.FINISHED);
        assertThat(end.getBatchesDropped()).isEqualTo(3);
    }

    @Test
    void shouldCountWhatOnlyTheCallbackHearsOf() {
        MockProducer<byte[], byte[]> manual = new CopyingProducer(false);
        RunPublisher publisher = new RunPublisher(manual, descriptor(), options(10));
        publisher.describe();
        publisher.close();
        manual.errorNext(new TimeoutException("no broker"));
        assertThat(publisher.dropped()).isEqualTo(1);
    }

    @Test
    void shouldNeitherBlockNorLoseTheEndWhenTheProducerBlocks() throws Exception {
        BlockingProducer blocking = new BlockingProducer();
        RunPublisher publisher = new RunPublisher(
                blocking,
                descriptor(),
                new PublisherOptions(10, DataType.FLOAT, 3L * 10 * COLUMNS * Float.BYTES, WhenFull.DROP));
        publisher.start();
        blocking.awaitBlocked();
        // Nothing leaves the queue from here on: every call below would hang for ever if it waited for the producer.
        publisher.features(features(50), MOMENT);
        assertThat(publisher.dropped()).as("parts beyond the three that fit").isEqualTo(2);
        publisher.features(features(50), MOMENT);
        assertThat(publisher.dropped()).isEqualTo(7);
        publisher.finished();
        blocking.unblock();
        publisher.close();
        List<FeatureBatch> sent = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records(blocking.history(), Topic.FEATURES)) {
            sent.add(FeatureBatch.parseFrom(record.value()));
        }
        assertThat(sent).extracting(FeatureBatch::getPart).containsExactly(0, 1, 2);
        assertThat(sent).as("what is missing lowers the coverage").allMatch(batch -> batch.getParts() == 5);
        List<Progress> progress = progress(blocking.history());
        assertThat(progress)
                .extracting(Progress::getEvent)
                .containsExactly(ProgressEvent.STARTED, ProgressEvent.FINISHED);
        assertThat(progress.get(1).getBatchesDropped()).isEqualTo(7);
        assertThat(publisher.queuedBytes()).isZero();
    }

    @Test
    void shouldGiveUpWaitingDataButSayTheEndWhenClosingTakesTooLong() throws Exception {
        BlockingProducer blocking = new BlockingProducer();
        RunPublisher publisher = new RunPublisher(blocking, descriptor(), options(10), Duration.ofMillis(200));
        publisher.features(features(50), MOMENT);
        blocking.awaitBlocked();
        publisher.failed("out of luck");
        publisher.close(); // interrupts the send that blocks
        assertThat(publisher.dropped()).isEqualTo(5);
        assertThat(progress(blocking.history()))
                .singleElement()
                .satisfies(end -> assertThat(end.getReason()).isEqualTo("out of luck"));
    }

    @Test
    void shouldBeatBesideAQueueThatIsStuck() throws Exception {
        BlockingProducer blocking = new BlockingProducer();
        RunDescriptor descriptor = RunDescriptor.newBuilder()
                .setRun("r1")
                .setHeartbeatIntervalMs(20)
                .build();
        try (RunPublisher publisher = new RunPublisher(blocking, descriptor, options(10))) {
            publisher.features(features(50), MOMENT);
            blocking.awaitBlocked();
            publisher.start();
            blocking.awaitHeartbeats(3);
            blocking.unblock();
        }
    }

    @Test
    void shouldWaitForRoomWhenFilesArePublished() throws InvalidProtocolBufferException {
        PublisherOptions tight = new PublisherOptions(10, DataType.FLOAT, 1, WhenFull.WAIT);
        try (RunPublisher publisher = new RunPublisher(producer, descriptor(), tight)) {
            publisher.features(features(95), MOMENT);
            publisher.close();
            assertThat(publisher.dropped()).isZero();
        }
        assertThat(records(producer.history(), Topic.FEATURES)).hasSize(10);
    }

    @Test
    void shouldPublishTheSamePartsWhetherTheRowsComeAtOnceOrInPieces() {
        FeatureSet whole = features(50);
        publish(20, p -> p.features(whole, MOMENT));
        MockProducer<byte[], byte[]> pieces = mock();
        float[] values = ((Rows.FloatMatrix) whole.features()).values();
        try (RunPublisher publisher = new RunPublisher(pieces, descriptor(), options(20));
                FeatureStream stream = publisher.stream(whole.header(), MOMENT, 50, COLUMNS, 0)) {
            for (int from = 0; from < 50; from += 7) {
                int first = from;
                int count = Math.min(7, 50 - from);
                stream.append(
                        Arrays.copyOfRange(whole.labels(), from, from + count),
                        Arrays.copyOfRange(whole.predictions(), from, from + count),
                        (row, rows, target, offset) ->
                                System.arraycopy(values, (first + row) * COLUMNS, target, offset, rows * COLUMNS),
                        RowSource.NONE);
            }
        }
        assertThat(pieces.history()).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(pieces.history().get(i).value())
                    .isEqualTo(producer.history().get(i).value());
        }
    }

    @Test
    void shouldUseMemoryAgainThatNothingSentDependsOn() throws InvalidProtocolBufferException {
        Set<float[]> targets = Collections.newSetFromMap(new IdentityHashMap<>());
        try (RunPublisher publisher = publisher(Integer.MAX_VALUE)) {
            for (int capture = 0; capture < 3; capture++) {
                float value = capture;
                try (FeatureStream stream = publisher.stream(features(1).header(), MOMENT, 30, COLUMNS, 4)) {
                    stream.append(
                            new int[30],
                            new int[0],
                            (from, count, target, offset) -> {
                                targets.add(target);
                                Arrays.fill(target, offset, offset + count * COLUMNS, value);
                            },
                            (from, count, target, offset) ->
                                    Arrays.fill(target, offset, offset + count * 4, value + 0.5f));
                }
                await().until(() -> publisher.queuedBytes() == 0);
            }
        }
        assertThat(targets).hasSize(1);
        List<ProducerRecord<byte[], byte[]>> sent = records(producer.history(), Topic.FEATURES);
        assertThat(sent).hasSize(3);
        for (int capture = 0; capture < 3; capture++) {
            FeatureBatch batch = FeatureBatch.parseFrom(sent.get(capture).value());
            assertThat(TensorView.of("features", batch.getFeatures()).toDoubles())
                    .hasSize(30 * COLUMNS)
                    .containsOnly(capture);
            assertThat(TensorView.of("signals", batch.getBackpropagatedSignals())
                            .toDoubles())
                    .hasSize(30 * 4)
                    .containsOnly(capture + 0.5);
        }
    }

    @Test
    void shouldCountAPartThatNeverBecameWhole() {
        RunPublisher publisher = new RunPublisher(producer, descriptor(), options(20));
        try (FeatureStream stream = publisher.stream(features(1).header(), MOMENT, 50, COLUMNS, 0)) {
            stream.append(new int[30], new int[0], (from, count, target, offset) -> {}, RowSource.NONE);
        }
        publisher.close();
        assertThat(producer.history()).hasSize(1);
        assertThat(publisher.dropped()).isEqualTo(1);
        assertThat(publisher.queuedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void shouldRoundFeaturesToTheTypeThatWasChosen(DataType type) throws InvalidProtocolBufferException {
        float[] values = {1 / 3f, -2.5f, 1e-3f, 65_519};
        FeatureBatch batch = streamed(type, values);
        assertThat(batch.getFeatures().getDataType()).isEqualTo(type);
        double[] read = TensorView.of("features", batch.getFeatures()).toDoubles();
        double halfUnit = type == DataType.FLOAT16 ? 0x1p-11 : 0x1p-8;
        for (int i = 0; i < values.length; i++) {
            assertThat(read[i]).isCloseTo(values[i], within(Math.abs(values[i]) * halfUnit));
            assertThat(read[i] == values[i]).isEqualTo(i == 1);
        }
    }

    @Test
    void shouldSendBfloat16WhereFloat16WouldBeInfinite() throws InvalidProtocolBufferException {
        FeatureBatch batch = streamed(DataType.FLOAT16, 1, 70_000);
        assertThat(batch.getFeatures().getDataType()).isEqualTo(DataType.BFLOAT16);
        assertThat(TensorView.of("features", batch.getFeatures()).toDoubles()[1])
                .isCloseTo(70_000, within(200.0));
        assertThat(streamed(DataType.FLOAT16, Float.POSITIVE_INFINITY, 1)
                        .getFeatures()
                        .getDataType())
                .as("a true infinity is no reason")
                .isEqualTo(DataType.FLOAT16);
    }

    @Test
    void shouldSayWhichOptionsAreImpossible() {
        assertThatThrownBy(() -> options(0)).isInstanceOf(UserException.class).hasMessageContaining("0 rows");
        assertThatThrownBy(() -> new PublisherOptions(1, DataType.DOUBLE, 1, WhenFull.DROP))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("DOUBLE");
        assertThatThrownBy(() -> new PublisherOptions(1, DataType.FLOAT, 0, WhenFull.DROP))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("0 bytes");
    }

    @Test
    void shouldUseTheMemoryOfWhatWasSentAgain() throws InvalidProtocolBufferException {
        List<byte[]> sent = new ArrayList<>();
        MockProducer<byte[], byte[]> noting = new CopyingProducer() {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
                if (record.topic().equals(Topic.FEATURES.topicName())) {
                    sent.add(record.value());
                }
                return super.send(record, callback);
            }
        };
        try (RunPublisher publisher = new RunPublisher(noting, descriptor(), options(Integer.MAX_VALUE))) {
            for (int step = 1; step <= 3; step++) {
                publisher.features(features(20 + step / 3), new Moment(1, 0, step));
            }
        }
        assertThat(sent.get(1)).isSameAs(sent.get(0)); // as long
        assertThat(sent.get(2)).isNotSameAs(sent.get(0)); // a row longer
        List<ProducerRecord<byte[], byte[]>> kept = records(noting.history(), Topic.FEATURES);
        for (int step = 1; step <= 3; step++) {
            assertThat(FeatureBatch.parseFrom(kept.get(step - 1).value()).getStep())
                    .isEqualTo(step);
        }
    }

    @Test
    void shouldBeatOnItsOwnUntilTheEnd() throws InterruptedException, InvalidProtocolBufferException {
        CountDownLatch beats = new CountDownLatch(3);
        MockProducer<byte[], byte[]> counting = new CopyingProducer() {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
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
        try (RunPublisher publisher = new RunPublisher(counting, descriptor, options(1))) {
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
        assertThatThrownBy(() -> new RunPublisher(producer, descriptor, options(1)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a/b");
    }

    private FeatureBatch streamed(DataType type, float... values) throws InvalidProtocolBufferException {
        MockProducer<byte[], byte[]> fresh = mock();
        PublisherOptions options = new PublisherOptions(Integer.MAX_VALUE, type, 1 << 20, WhenFull.DROP);
        try (RunPublisher publisher = new RunPublisher(fresh, descriptor(), options);
                FeatureStream stream = publisher.stream(features(1).header(), MOMENT, 1, values.length, 0)) {
            stream.append(
                    new int[1],
                    new int[0],
                    (from, count, target, offset) -> System.arraycopy(values, 0, target, offset, values.length),
                    RowSource.NONE);
        }
        return FeatureBatch.parseFrom(fresh.history().get(0).value());
    }

    private List<Progress> progress() throws InvalidProtocolBufferException {
        return progress(producer.history());
    }

    private static List<Progress> progress(List<ProducerRecord<byte[], byte[]>> history)
            throws InvalidProtocolBufferException {
        List<Progress> found = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records(history, Topic.PROGRESS)) {
            found.add(Progress.parseFrom(record.value()));
        }
        return found;
    }

    private static List<ProducerRecord<byte[], byte[]>> records(
            List<ProducerRecord<byte[], byte[]>> history, Topic topic) {
        return history.stream()
                .filter(record -> record.topic().equals(topic.topicName()))
                .toList();
    }

    private RunPublisher publisher(int rowLimit) {
        return new RunPublisher(producer, descriptor(), options(rowLimit));
    }

    /** Publishes something and waits until it is sent. */
    private void publish(int rowLimit, Consumer<RunPublisher> what) {
        try (RunPublisher publisher = publisher(rowLimit)) {
            what.accept(publisher);
        }
    }

    private static MockProducer<byte[], byte[]> mock() {
        return new CopyingProducer();
    }

    private static PublisherOptions options(int rowLimit) {
        return new PublisherOptions(rowLimit, DataType.FLOAT, 64 << 20, WhenFull.DROP);
    }

    private static RunDescriptor descriptor() {
        return RunDescriptor.newBuilder()
                .setRun("r1")
                .setAttempt(2)
                .putAllHyperparameters(Map.of("a", "1", "b", "2", "c", "3"))
                .build();
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
