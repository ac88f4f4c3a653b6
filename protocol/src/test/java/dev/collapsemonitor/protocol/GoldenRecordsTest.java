package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnknownFieldSet;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.DataType;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.RunFate;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes of schema version 1, kept for ever: what was written once stays readable. When a field is added, these files stay
 * as they are and a new version's files stand beside them; a test that fails here is an incompatible change.
 */
class GoldenRecordsTest {
    private static final Layer LAYER = Layer.newBuilder()
            .setIndex(1)
            .setName("fc/out")
            .setKind(LayerKind.DENSE)
            .setClassifier(true)
            .setFeatureDim(2)
            .addWeightDims(2)
            .addWeightDims(2)
            .build();

    static Stream<Arguments> records() {
        return Stream.of(
                Arguments.of("descriptor", descriptor(), RunDescriptor.parser()),
                Arguments.of("features", features(), FeatureBatch.parser()),
                Arguments.of("weights", weights(), WeightChunk.parser()),
                Arguments.of("progress", progress(), Progress.parser()),
                Arguments.of("result", result(), LayerResult.parser()),
                Arguments.of("alert", alert(), Alert.parser()),
                Arguments.of("control", control(), LayerControl.parser()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("records")
    void aRecordWrittenByVersionOneReadsAsWhatWasWritten(
            String name, Message expected, Parser<? extends Message> parser) throws InvalidProtocolBufferException {
        Message read = parser.parseFrom(golden(name));

        assertThat(read).isEqualTo(expected);
        assertThat(read.getUnknownFields().asMap()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("records")
    void everyFieldOfTheRecordIsInItsGoldenBytes(String name, Message expected, Parser<? extends Message> parser) {
        assertThat(expected.getDescriptorForType().getFields())
                .filteredOn(field -> field.isRepeated()
                        ? expected.getRepeatedFieldCount(field) == 0
                        : !expected.getAllFields().containsKey(field))
                .as("fields that nothing guards")
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("records")
    void fieldsOfANewerVersionAreIgnored(String name, Message expected, Parser<? extends Message> parser)
            throws InvalidProtocolBufferException {
        byte[] added = UnknownFieldSet.newBuilder()
                .addField(
                        1000,
                        UnknownFieldSet.Field.newBuilder()
                                .addVarint(7)
                                .addLengthDelimited(ByteString.copyFromUtf8("new"))
                                .addFixed64(1)
                                .build())
                .build()
                .toByteArray();
        Message read = parser.parseFrom(ByteString.copyFrom(golden(name)).concat(ByteString.copyFrom(added)));

        assertThat(read.toBuilder()
                        .setUnknownFields(UnknownFieldSet.getDefaultInstance())
                        .build())
                .isEqualTo(expected);
    }

    @Test
    void theTensorsOfGoldenRecordsHoldTheirValues() throws InvalidProtocolBufferException {
        FeatureBatch batch = FeatureBatch.parseFrom(golden("features"));

        assertThat(TensorView.of("features", batch.getFeatures()).toDoubles()).containsExactly(1, -2.5, 0.5, 65504);
        assertThat(TensorView.of("signals", batch.getBackpropagatedSignals()).toDoubles())
                .containsExactly(0.25, -0.25, 1, 2);
    }

    private static RunDescriptor descriptor() {
        return RunDescriptor.newBuilder()
                .setRun("läuft 1")
                .setExperiment("etf/vision")
                .setAttempt(2)
                .setFramework("DL4J 1.0.0-M2.1")
                .setDataset("mnist")
                .setClasses(2)
                .addClassCounts(60)
                .addClassCounts(40)
                .addLayers(LAYER)
                .setLoss(Loss.newBuilder().setKind(LossKind.MSE).setScale(0.5).setLabelSmoothing(0.1))
                .setOptimizer(Optimizer.newBuilder()
                        .setKind(OptimizerKind.SIGN_SGD)
                        .setMomentum(0.9)
                        .setBeta2(0.999)
                        .setEpsilon(1e-8)
                        .setName("Signum"))
                .setWeightDecay(WeightDecay.newBuilder()
                        .setLambda(5e-4)
                        .setCoupling(Coupling.MIXED)
                        .setCoupledShare(0.25)
                        .setBiasDecayed(true)
                        .setLastLayerExcluded(true))
                .setSchedule(Schedule.newBuilder()
                        .setKind(ScheduleKind.STEP)
                        .setBase(0.0679)
                        .addMilestones(1 / 3.0)
                        .addMilestones(2 / 3.0)
                        .setFactor(0.1)
                        .setWarmupSteps(100))
                .setTotalSteps(93_800)
                .setStepsPerEpoch(469)
                .setTotalEpochs(200)
                .setHeartbeatIntervalMs(30_000)
                .putHyperparameters("width", "256")
                .build();
    }

    private static FeatureBatch features() {
        return FeatureBatch.newBuilder()
                .setRun("läuft 1")
                .setLayer(LAYER)
                .setAttempt(2)
                .setEpoch(1.5)
                .setStep(703)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TEST)
                .setPart(3)
                .setParts(4)
                .setClasses(2)
                .addLabels(0)
                .addLabels(1)
                .addPredictedLabels(1)
                .addPredictedLabels(1)
                .setFeatures(TensorCodec.floats(new float[] {1, -2.5f, 0.5f, 65504}, 0, DataType.FLOAT16, 2, 2))
                .setBackpropagatedSignals(
                        TensorCodec.floats(new float[] {0.25f, -0.25f, 1, 2}, 0, DataType.BFLOAT16, 2, 2))
                .setWeightsFollow(true)
                .build();
    }

    private static WeightChunk weights() {
        return WeightChunk.newBuilder()
                .setRun("läuft 1")
                .setLayer(LAYER)
                .setAttempt(2)
                .setEpoch(1.5)
                .setStep(703)
                .setMode(Mode.ROLLING)
                .setRowOffset(1)
                .setRows(2)
                .setWeights(TensorCodec.floats(new float[] {0.1f, -3}, 1, 2))
                .setBias(TensorCodec.doubles(new double[] {Math.PI, -1}, 2))
                .setWeightDecay(5e-4)
                .setCoupling(Coupling.DECOUPLED)
                .setBiasDecayed(true)
                .setLoss(LossKind.CROSS_ENTROPY)
                .setGradientNorm(0.125)
                .setFeaturesFollow(true)
                .setClasses(2)
                .addClassCounts(60)
                .addClassCounts(40)
                .build();
    }

    private static Progress progress() {
        Tensor logits = TensorCodec.floats(new float[] {1, 2}, 1, 2);
        return Progress.newBuilder()
                .setRun("läuft 1")
                .setAttempt(2)
                .setEvent(ProgressEvent.FAILED)
                .setStep(703)
                .setEpoch(1.5)
                .setLoss(0)
                .setAccuracy(0.75)
                .setLearningRate(0.0679)
                .setReason("out of memory")
                .setBatchesDropped(3)
                .setElasticityProbe(ElasticityProbe.newBuilder()
                        .setBatchClass(1)
                        .setBatchBefore(logits)
                        .setBatchAfter(logits)
                        .addProbeLabels(0)
                        .setProbeBefore(logits)
                        .setProbeAfter(logits))
                .build();
    }

    private static LayerResult result() {
        return LayerResult.newBuilder()
                .setRun("läuft 1")
                .setLayer(LAYER)
                .setAttempt(2)
                .setEpoch(1.5)
                .setStep(703)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setCoverage(0.75)
                .setSamples(96)
                .putMetrics("nc1", 0.05)
                .putUndefined("nc3", "the weights of step 703 did not arrive")
                .addSingularValues(3)
                .addSingularValues(1)
                .addSnrSingularValues(2.5)
                .setEstimated(true)
                .putNotes("nc1", "estimated")
                .setNotFinite(true)
                .build();
    }

    private static LayerControl control() {
        return LayerControl.newBuilder()
                .setRun("run-1")
                .setLayer("fc/out")
                .setFate(RunFate.DELETED)
                .setAttempt(3)
                .setDeletedMs(1_700_000_000_000L)
                .build();
    }

    private static Alert alert() {
        return Alert.newBuilder()
                .setRun("läuft 1")
                .setExperiment("etf/vision")
                .setAttempt(2)
                .setSubject("status")
                .setFrom("RUNNING")
                .setTo("SILENT")
                .setStep(703)
                .setEpoch(1.5)
                .setReason("nothing for 30 s")
                .putMetrics("nc1", 0.05)
                .setSequence(3)
                .setTimeMs(1_700_000_000_000L)
                .build();
    }

    private static byte[] golden(String name) {
        try (InputStream file = GoldenRecordsTest.class.getResourceAsStream("/golden/v1/" + name + ".hex")) {
            String text = new String(file.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
