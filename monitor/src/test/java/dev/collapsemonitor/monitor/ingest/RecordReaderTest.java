package dev.collapsemonitor.monitor.ingest;

import static dev.collapsemonitor.monitor.testing.Records.layerKey;
import static dev.collapsemonitor.monitor.testing.Records.runKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private final RecordReader strict = new RecordReader(new IngestLimits(5, 4, 3, 100));

    @Test
    void aBatchThatKeepsTheContractIsReadWithItsContent() {
        FeatureBatch batch = Records.features(7, 1, 3).build();
        FeatureRecord record = reader.features(layerKey(), batch.toByteArray(), null);

        assertThat(record.batch()).isEqualTo(batch);
        assertThat(record.rejection()).isNull();
        assertThat(record.content().features().rows()).isEqualTo(12);
        assertThat(record.content().features().columns()).isEqualTo(4);
        assertThat(record.content().labels()).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
        assertThat(record.content().predicted()).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 0);
    }

    @Test
    void predictionsAreOptional() {
        FeatureRecord record = features(batch -> batch.clearPredictedLabels());

        assertThat(record.rejection()).isNull();
        assertThat(record.content().predicted()).isEmpty();
    }

    @Test
    void theChecksumTellsContentsApart() {
        int checksum = features(batch -> {}).checksum();

        assertThat(features(batch -> {}).checksum()).isEqualTo(checksum);
        assertThat(features(batch -> batch.setLabels(0, 1)).checksum()).isNotEqualTo(checksum);
    }

    @Test
    void aPayloadIsNotCopied() {
        int columns = 1 << 12;
        byte[] value = Records.features(1, 0, 1)
                .setLayer(Records.LAYER.toBuilder().setFeatureDim(columns))
                .setFeatures(TensorCodec.floats(new float[12 * columns], 12, columns))
                .build()
                .toByteArray();
        assertThat(reader.features(layerKey(), value, null).rejection()).isNull(); // classes are loaded
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        reader.features(layerKey(), value, null);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(value).hasSizeGreaterThan(196_000);
        assertThat(allocated).isLessThan(32 << 10);
    }

    @Test
    void aRecordWithoutAValueIsEmpty() {
        for (byte[] value : new byte[][] {null, {}}) {
            assertRejected(
                    () -> reader.features(layerKey(), value, null),
                    Reason.EMPTY,
                    "the record has no value; publish a message of the topic's type");
            assertThatThrownBy(() -> reader.weights(layerKey(), value, null))
                    .hasFieldOrPropertyWithValue("reason", Reason.EMPTY);
            assertThatThrownBy(() -> reader.descriptor(runKey(), value, null))
                    .hasFieldOrPropertyWithValue("reason", Reason.EMPTY);
            assertThatThrownBy(() -> reader.progress(runKey(), value, null))
                    .hasFieldOrPropertyWithValue("reason", Reason.EMPTY);
            assertThatThrownBy(() -> reader.result(layerKey(), value, null))
                    .hasFieldOrPropertyWithValue("reason", Reason.EMPTY);
        }
    }

    @Test
    void everyTruncationOfARecordIsRejected() {
        byte[] whole = Records.features(1, 0, 1).build().toByteArray();
        for (int length = 0; length < whole.length; length++) {
            byte[] value = Arrays.copyOf(whole, length);
            boolean rejected;
            try {
                rejected = reader.features(layerKey(), value, null).rejection() != null;
            } catch (InvalidRecordException e) {
                rejected = true;
            }
            assertThat(rejected).as("%d of %d bytes", length, whole.length).isTrue();
        }
    }

    @Test
    void whatIsNoMessageIsUnreadable() {
        byte[] whole = Records.features(1, 0, 1).build().toByteArray();
        byte[][] poisons = {
            {(byte) 0xff}, // a tag that does not end
            {0}, // a tag of zero
            Arrays.copyOf(whole, whole.length - 1),
            ByteString.copyFrom(whole)
                    .concat(ByteString.copyFrom(new byte[] {0x0c}))
                    .toByteArray(), // an end of no group
            "{\"run\": \"r\"}".getBytes(StandardCharsets.UTF_8),
            {0x0a, 1, (byte) 0xff} // a name that is not UTF-8
        };
        for (byte[] poison : poisons) {
            assertThatThrownBy(() -> reader.features(layerKey(), poison, null))
                    .hasMessageStartingWith("the value is not a message of the topic's type: ")
                    .hasFieldOrPropertyWithValue("reason", Reason.UNREADABLE);
        }
    }

    @Test
    void aNewerSchemaVersionIsRejectedBeforeTheValueIsRead() {
        assertRejected(
                () -> reader.features(layerKey(), new byte[] {(byte) 0xff}, new byte[] {'2'}),
                Reason.SCHEMA_VERSION,
                "schema version 2, but this build reads up to 1; update the monitor");
    }

    @Test
    void aKeyThatIsNotThatOfTheContentIsRejected() {
        byte[] value = Records.features(1, 0, 1).build().toByteArray();
        assertRejected(
                () -> reader.features(Keys.layer("other", "fc"), value, null),
                Reason.INVALID_IDENTITY,
                "the record's key is \"other/fc\", but its content needs \"r/fc\": records are found by their key");
        assertRejected(
                () -> reader.features(null, value, null),
                Reason.INVALID_IDENTITY,
                "the record's key is absent, but its content needs \"r/fc\": records are found by their key");
        assertThatThrownBy(() -> reader.features(new byte[1 << 20], value, null))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600).doesNotContain("\0"));
        assertThatThrownBy(() -> reader.progress(
                        layerKey(), Records.heartbeat(1, 1, 1).build().toByteArray(), null))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_IDENTITY);
    }

    @Test
    void namesThatBreakTheRulesAreRejected() {
        assertThatThrownBy(() -> features(batch -> batch.setRun("a/b")))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_NAME);
        assertThatThrownBy(() -> features(batch -> batch.setRun("")))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_NAME);
        assertThatThrownBy(() -> features(batch -> batch.getLayerBuilder().setName("x".repeat(10_000))))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_NAME)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
        assertThatThrownBy(() -> descriptor(descriptor -> descriptor.setExperiment("a\nb")))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_NAME);
        assertThatThrownBy(() ->
                        descriptor(descriptor -> descriptor.getLayersBuilder(0).setName("")))
                .hasFieldOrPropertyWithValue("reason", Reason.INVALID_NAME);
    }

    @Test
    void anIdentityThatBreaksTheContractIsRejectedAsAWhole() {
        String what = "features of run r, layer fc: ";
        assertIdentity(batch -> batch.setAttempt(0), what + "attempt 0; attempts count from 1");
        assertIdentity(batch -> batch.setStep(-1), what + "step -1 is negative");
        assertIdentity(batch -> batch.clearMode(), what + "mode is MODE_UNSPECIFIED; use SNAPSHOT or ROLLING");
        assertIdentity(batch -> batch.setModeValue(9), what + "mode is UNRECOGNIZED; use SNAPSHOT or ROLLING");
        assertIdentity(batch -> batch.clearSplit(), what + "split is SPLIT_UNSPECIFIED; use TRAIN or TEST");
        assertIdentity(batch -> batch.setSplitValue(9), what + "split is UNRECOGNIZED; use TRAIN or TEST");
        assertIdentity(batch -> batch.getLayerBuilder().setIndex(-1), what + "layer index -1 is negative");
        assertIdentity(batch -> batch.setParts(0), what + "part 0 of 0; parts count from 0, at most 1048576");
        assertIdentity(batch -> batch.setPart(-1), what + "part -1 of 1; parts count from 0, at most 1048576");
        assertIdentity(batch -> batch.setPart(1), what + "part 1 of 1; parts count from 0, at most 1048576");
        assertIdentity(
                batch -> batch.setParts(Integer.MAX_VALUE),
                what + "part 0 of 2147483647; parts count from 0, at most 1048576");
    }

    @Test
    void brokenContentIsReportedInTheRecordWhichKeepsItsIdentity() {
        String what = "features of run r, layer fc";
        assertContent(
                batch -> batch.setClasses(1), Reason.CLASS_COUNT, what + ": 1 classes; from 2 to 10000 are possible");
        assertContent(
                batch -> batch.setClasses(10_001),
                Reason.CLASS_COUNT,
                what + ": 10001 classes; from 2 to 10000 are possible");
        assertContent(
                batch -> batch.setLabels(4, 3),
                Reason.LABEL_RANGE,
                what + ", labels: 3 in row 4, but there are 3 classes, from 0");
        assertContent(
                batch -> batch.setLabels(4, -1),
                Reason.LABEL_RANGE,
                what + ", labels: -1 in row 4, but there are 3 classes, from 0");
        assertContent(
                batch -> batch.setPredictedLabels(0, 3),
                Reason.LABEL_RANGE,
                what + ", predicted labels: 3 in row 0, but there are 3 classes, from 0");
        assertContent(batch -> batch.addLabels(0), Reason.SHAPE, what + ", labels: 13 for 12 rows");
        assertContent(batch -> batch.clearLabels(), Reason.SHAPE, what + ", labels: 0 for 12 rows");
        assertContent(batch -> batch.addPredictedLabels(0), Reason.SHAPE, what + ", predicted labels: 13 for 12 rows");
        assertContent(
                batch -> batch.getLayerBuilder().setFeatureDim(5),
                Reason.SHAPE,
                what + ": 4 columns, but the layer declared 5");
        assertContent(
                batch -> batch.clearFeatures(),
                Reason.DATA_TYPE,
                what + ": tensor of data type DATA_TYPE_UNDEFINED; use FLOAT, DOUBLE, FLOAT16 or BFLOAT16");
        assertContent(
                batch -> batch.getFeaturesBuilder().setDims(0, 0),
                Reason.EMPTY,
                what + ": a dimension is 0; all must be positive");
        assertContent(
                batch -> batch.getFeaturesBuilder().setDims(0, 13),
                Reason.INVALID_TENSOR,
                what + ": dims [13, 4] of FLOAT need 208 bytes, but the payload has 192");
        assertContent(
                batch -> batch.getFeaturesBuilder().setDims(0, 1L << 31).setDims(1, 1L << 31),
                Reason.INVALID_TENSOR,
                what + ": dims [2147483648, 2147483648] overflow 64 bits");
    }

    @Test
    void backPropagatedSignalsAreOptionalAndMustFit() {
        String what = "features of run r, layer fc, back-propagated signals";
        float[] values = new float[36];
        values[4] = 0.5f;
        FeatureRecord record = features(batch -> batch.setBackpropagatedSignals(TensorCodec.floats(values, 12, 3)));
        assertThat(record.rejection()).isNull();
        assertThat(record.content().signals().rows()).isEqualTo(12);
        assertThat(record.content().signals().get(1, 1)).isEqualTo(0.5);
        assertThat(features(batch -> {}).content().signals().rows()).isZero();

        assertContent(
                batch -> batch.setBackpropagatedSignals(TensorCodec.floats(values, 9, 4)),
                Reason.SHAPE,
                what + ": 9 rows for 12 of the features");
        assertContent(
                batch -> batch.setBackpropagatedSignals(TensorCodec.floats(new float[48], 12, 4)),
                Reason.SHAPE,
                what + ": 4 columns, but the layer declared 3 outputs");
        values[4] = Float.NaN;
        assertContent(
                batch -> batch.setBackpropagatedSignals(TensorCodec.floats(values, 12, 3)),
                Reason.NOT_FINITE,
                what + ": a value is not finite");
    }

    @Test
    void theLimitsAreTheConfiguredOnes() {
        FeatureBatch.Builder wide = Records.features(1, 0, 1)
                .setLayer(Records.LAYER.toBuilder().setFeatureDim(5))
                .setFeatures(TensorCodec.floats(new float[60], 12, 5));
        InvalidRecordException rejection =
                strict.features(layerKey(), wide.build().toByteArray(), null).rejection();

        assertThat(rejection.reason()).isEqualTo(Reason.LIMIT);
        assertThat(rejection).hasMessage("features of run r, layer fc: dimension 5 is above the limit of 4");
        assertThatThrownBy(() -> strict.features(
                        layerKey(), Records.features(1, 0, 4).build().toByteArray(), null))
                .hasMessageContaining("part 0 of 4; parts count from 0, at most 3");
        assertRejected(
                () -> strict.weights(
                        layerKey(),
                        Records.weights(1)
                                .setWeights(TensorCodec.floats(new float[15], 3, 5))
                                .build()
                                .toByteArray(),
                        null),
                Reason.LIMIT,
                "weights of run r, layer fc: 5 columns are above the limit of 4");
        assertRejected(
                () -> strict.weights(
                        layerKey(), Records.weights(1).setRows(26).build().toByteArray(), null),
                Reason.SHAPE,
                "weights of run r, layer fc: a chunk of 3 × 4 at row 0 of 26 does not fit; at most 100 elements in all");
    }

    @Test
    void aChunkOfWeightsIsReadWithItsBias() {
        WeightRecord record = weights(chunk -> {});

        assertThat(record.weights().rows()).isEqualTo(3);
        assertThat(record.weights().columns()).isEqualTo(4);
        assertThat(record.bias()).containsExactly(0.1f, 0, -0.1f);
        assertThat(weights(chunk -> chunk.clearBias()).bias()).isEmpty();
    }

    @Test
    void weightsThatDoNotFitAreRejected() {
        String what = "weights of run r, layer fc: ";
        assertRejected(
                () -> weights(chunk -> chunk.setRowOffset(1)),
                Reason.SHAPE,
                what + "a chunk of 3 × 4 at row 1 of 3 does not fit; at most 67108864 elements in all");
        for (long rows : new long[] {0, -1, 2, Long.MIN_VALUE, Long.MAX_VALUE, 1 << 25}) {
            assertThatThrownBy(() -> weights(chunk -> chunk.setRows(rows)))
                    .as("%d rows", rows)
                    .hasFieldOrPropertyWithValue("reason", Reason.SHAPE);
        }
        for (long offset : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> weights(chunk -> chunk.setRowOffset(offset)))
                    .as("row %d", offset)
                    .hasFieldOrPropertyWithValue("reason", Reason.SHAPE);
        }
        assertRejected(
                () -> weights(chunk -> chunk.setClasses(4)),
                Reason.SHAPE,
                what + "a classifier of 3 rows, but 4 classes");
        assertRejected(
                () -> weights(chunk -> chunk.setClasses(1)),
                Reason.CLASS_COUNT,
                what + "1 classes; from 2 to 10000 are possible");
        assertRejected(
                () -> weights(chunk -> chunk.setBias(TensorCodec.floats(new float[2], 2))),
                Reason.SHAPE,
                what + "a bias of 2, but 3 rows of weights");
        assertRejected(
                () -> weights(chunk -> chunk.setBias(Tensor.getDefaultInstance())),
                Reason.DATA_TYPE,
                "weights of run r, layer fc, bias: tensor of data type DATA_TYPE_UNDEFINED; use FLOAT, DOUBLE, FLOAT16 or"
                        + " BFLOAT16");
        assertRejected(
                () -> weights(chunk -> chunk.addClassCounts(1)),
                Reason.SHAPE,
                what + "1 class counts, but 3 classes; give one a class");
        assertRejected(
                () -> weights(chunk -> chunk.setGradientNorm(-1)),
                Reason.LIMIT,
                what + "gradient norm -1.0; it must be finite and not negative");
        assertRejected(
                () -> weights(chunk -> chunk.setAttempt(-1)),
                Reason.INVALID_IDENTITY,
                what + "attempt -1; attempts count from 1");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -1e-4})
    void aWeightDecayThatIsNoneIsRejected(double decay) {
        assertRejected(
                () -> weights(chunk -> chunk.setWeightDecay(decay)),
                Reason.LIMIT,
                "weights of run r, layer fc: weight decay " + decay + "; it must be finite and not negative");
    }

    @Test
    void aRecordAboutARunThatNoChangelogTakesIsRejected() {
        assertRejected(
                () -> reader.descriptor(runKey(), new byte[Topic.MAX_RECORD_BYTES + 1], null),
                Reason.OVERSIZE,
                "a record about a run of 1048577 bytes; at most 1048576 are kept, so say less in one");
    }

    @Test
    void descriptorsAndProgressNeedAnAttemptAndAnEvent() {
        assertRejected(
                () -> descriptor(descriptor -> descriptor.setAttempt(0)),
                Reason.INVALID_IDENTITY,
                "descriptor of run r: attempt 0; attempts count from 1");
        assertThat(descriptor(descriptor -> descriptor.clearExperiment()).getExperiment())
                .isEmpty();
        assertRejected(
                () -> reader.progress(
                        runKey(), Records.heartbeat(0, 1, 1).build().toByteArray(), null),
                Reason.INVALID_IDENTITY,
                "progress of run r: attempt 0; attempts count from 1");
        for (int event : new int[] {0, 9}) {
            assertRejected(
                    () -> reader.progress(
                            runKey(),
                            Records.progress(1, 1, ProgressEvent.STARTED)
                                    .setEventValue(event)
                                    .build()
                                    .toByteArray(),
                            null),
                    Reason.INVALID_IDENTITY,
                    "progress of run r: the event is not one of STARTED, HEARTBEAT, FINISHED, FAILED");
        }
    }

    @Test
    void whatADescriptorSaysForDisplayIsBounded() {
        String what = "descriptor of run r";
        String longText = "x".repeat(1001);
        assertRejected(
                () -> descriptor(descriptor -> descriptor.setDataset(longText)),
                Reason.LIMIT,
                what + ", dataset is a text of 1001 bytes; at most 1000 are possible");
        assertRejected(
                () -> descriptor(descriptor -> descriptor.setFramework("a\nb")),
                Reason.INVALID_NAME,
                what + ", framework \"a?b\" holds control or invisible characters; remove them");
        assertRejected(
                () -> descriptor(descriptor -> descriptor.putHyperparameters("notes", "é".repeat(501))),
                Reason.LIMIT,
                what + ", hyper-parameter notes is a text of 1002 bytes; at most 1000 are possible");
        assertRejected(
                () -> descriptor(descriptor -> {
                    for (int i = 0; i < 501; i++) {
                        descriptor.putHyperparameters("h" + i, "1");
                    }
                }),
                Reason.LIMIT,
                what + " has 501 hyper-parameters; at most 500 are possible");
        assertRejected(
                () -> descriptor(descriptor -> descriptor.addAllClassCounts(java.util.Collections.nCopies(10_001, 1L))),
                Reason.LIMIT,
                what + " has 10001 class counts; at most 10000 are possible");
        assertRejected(
                () -> descriptor(descriptor -> descriptor.setClasses(20_000)),
                Reason.CLASS_COUNT,
                what + ": 20000 classes; from 2 to 10000 are possible");
        assertRejected(
                () -> descriptor(descriptor ->
                        descriptor.addLayers(Records.LAYER.toBuilder().setName("l".repeat(10_000)))),
                Reason.INVALID_NAME,
                "layer name of 10000 bytes starts with \"llllllllllllllllllll\"; at most 200 are allowed");
        assertThat(descriptor(descriptor -> descriptor.putHyperparameters("notes", "two\nlines \"quoted\""))
                        .getHyperparametersMap())
                .containsEntry("notes", "two\nlines \"quoted\"");
    }

    @Test
    void anEndIsTakenHoweverMuchIsSaidAboutIt() {
        Progress failed = reader.progress(
                runKey(),
                Records.progress(1, 1, ProgressEvent.FAILED)
                        .setReason("x".repeat(500_000))
                        .build()
                        .toByteArray(),
                null);
        assertThat(failed.getReason()).isEqualTo("x".repeat(1000) + "…");
    }

    @Test
    void aProbeOfElasticityMustFitTogether() {
        assertThat(reader.progress(runKey(), probed(Records.elasticity()), null).hasElasticityProbe())
                .isTrue();
        assertRejected(
                () -> reader.progress(
                        runKey(),
                        probed(Records.elasticity()
                                .setBatchAfter(Records.elasticity().getProbeAfter())),
                        null),
                Reason.SHAPE,
                "progress of run r, elasticity probe, batch: 2 × 2 logits before the update, but 3 × 2 after it");
        assertRejected(
                () -> reader.progress(runKey(), probed(Records.elasticity().clearProbeLabels()), null),
                Reason.SHAPE,
                "progress of run r, elasticity probe, labels: 0 for 3 rows");
        assertRejected(
                () -> reader.progress(runKey(), probed(Records.elasticity().setBatchClass(2)), null),
                Reason.LABEL_RANGE,
                "progress of run r, elasticity probe: class 2 of the batch, but there are 2 classes, from 0");
        assertRejected(
                () -> reader.progress(
                        runKey(),
                        probed(Records.elasticity()
                                .setBatchAfter(TensorCodec.floats(new float[] {Float.NaN, 0, 0, 0}, 2, 2))),
                        null),
                Reason.NOT_FINITE,
                "progress of run r, elasticity probe, batch after: a logit is not finite");
    }

    private static byte[] probed(ElasticityProbe.Builder probe) {
        return Records.progress(1, 1, ProgressEvent.HEARTBEAT)
                .setElasticityProbe(probe)
                .build()
                .toByteArray();
    }

    @Test
    void resultsThatNoMonitorWroteAreRejected() {
        String what = "result of run r, layer fc: ";
        assertRejected(
                () -> result(result -> result.clearMode()),
                Reason.INVALID_IDENTITY,
                what + "mode is MODE_UNSPECIFIED; use SNAPSHOT or ROLLING");
        assertRejected(
                () -> result(result -> result.clearSplit()),
                Reason.INVALID_IDENTITY,
                what + "split is SPLIT_UNSPECIFIED; use TRAIN or TEST");
        assertRejected(
                () -> result(result -> result.setCoverage(1.5)),
                Reason.INVALID_IDENTITY,
                what + "coverage 1.5; it is a share, from 0 to 1");
        assertRejected(
                () -> result(result -> result.setCoverage(Double.NaN)),
                Reason.INVALID_IDENTITY,
                what + "coverage NaN; it is a share, from 0 to 1");
        assertRejected(
                () -> result(result -> {
                    for (int i = 0; i < 1001; i++) {
                        result.putUndefined("m" + i, "why");
                    }
                }),
                Reason.LIMIT,
                what + "1002 metrics and notes; at most 1000 are kept");
        assertThat(result(result -> result.setMode(Mode.ROLLING).setSplit(Split.TEST))
                        .getStep())
                .isEqualTo(3);
    }

    private FeatureRecord features(Consumer<FeatureBatch.Builder> change) {
        FeatureBatch.Builder batch = Records.features(1, 0, 1);
        change.accept(batch);
        return reader.features(
                key(batch.getRun(), batch.getLayer().getName()), batch.build().toByteArray(), null);
    }

    private WeightRecord weights(Consumer<WeightChunk.Builder> change) {
        WeightChunk.Builder chunk = Records.weights(1);
        change.accept(chunk);
        return reader.weights(layerKey(), chunk.build().toByteArray(), null);
    }

    private RunDescriptor descriptor(Consumer<RunDescriptor.Builder> change) {
        RunDescriptor.Builder descriptor = Records.descriptor(1);
        change.accept(descriptor);
        return reader.descriptor(runKey(), descriptor.build().toByteArray(), null);
    }

    private LayerResult result(Consumer<LayerResult.Builder> change) {
        LayerResult.Builder result = Records.result(1, 3, 0.5);
        change.accept(result);
        return reader.result(layerKey(), result.build().toByteArray(), null);
    }

    private static byte[] key(String run, String layer) {
        return (run + "/" + layer).getBytes(StandardCharsets.UTF_8);
    }

    private void assertIdentity(Consumer<FeatureBatch.Builder> change, String message) {
        assertRejected(() -> features(change), Reason.INVALID_IDENTITY, message);
    }

    private void assertContent(Consumer<FeatureBatch.Builder> change, Reason reason, String message) {
        FeatureRecord record = features(change);

        assertThat(record.content()).isNull();
        assertThat(record.rejection()).hasMessage(message);
        assertThat(record.rejection().reason()).isEqualTo(reason);
        assertThat(record.batch().getRun()).isEqualTo("r");
        assertThat(record.batch().getStep()).isEqualTo(1);
        assertThat(record.checksum()).isNotZero();
    }

    private static void assertRejected(ThrowingCallable call, Reason reason, String message) {
        assertThatThrownBy(call)
                .isInstanceOf(InvalidRecordException.class)
                .hasMessage(message)
                .hasFieldOrPropertyWithValue("reason", reason);
    }
}
