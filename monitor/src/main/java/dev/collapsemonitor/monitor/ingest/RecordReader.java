package dev.collapsemonitor.monitor.ingest;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.linalg.Vectors;
import dev.collapsemonitor.protocol.Descriptors;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Turns bytes into records that keep the contract. Everything it refuses carries a {@link Reason} and one line. */
public final class RecordReader {
    /** The longest valid key. */
    private static final int SHOWN_KEY_BYTES = 2 * Names.MAX_BYTES + 1;

    private static final int MOST_REASON_LENGTH = 1_000;

    /** Far above what any version computes. */
    private static final int MOST_METRICS = 1_000;

    private static final Matrix NO_SIGNALS = Matrix.zeros(0, 0);

    private final IngestLimits limits;

    public RecordReader(IngestLimits limits) {
        this.limits = limits;
    }

    /**
     * Reads a feature batch. A broken identity is an error; broken content is reported in the record.
     *
     * @param key the record's key, run/layer
     * @param schemaVersion value of the schema header, or null
     * @throws InvalidRecordException when the record is unreadable or its identity breaks the contract
     */
    public FeatureRecord features(byte[] key, byte[] value, byte[] schemaVersion) {
        FeatureBatch batch = parse(value, schemaVersion, FeatureBatch::parseFrom);
        Layer layer = batch.getLayer();
        requireKey(key, Keys.layer(batch.getRun(), layer.getName()));
        String what = "features of run " + batch.getRun() + ", layer " + layer.getName();
        requireIdentity(what, batch.getAttempt(), batch.getStep(), batch.getMode(), layer);
        requireSplit(what, batch.getSplit());
        if (batch.getParts() < 1
                || batch.getParts() > limits.maxParts()
                || batch.getPart() < 0
                || batch.getPart() >= batch.getParts()) {
            throw invalid(
                    Reason.INVALID_IDENTITY,
                    what + ": part " + batch.getPart() + " of " + batch.getParts() + "; parts count from 0, at most "
                            + limits.maxParts());
        }
        try {
            return new FeatureRecord(batch, content(what, batch), null, checksum(value));
        } catch (InvalidRecordException e) {
            return new FeatureRecord(batch, null, e, checksum(value));
        }
    }

    private FeatureRecord.Content content(String what, FeatureBatch batch) {
        requireClasses(what, batch.getClasses());
        TensorView features = TensorView.of(what, batch.getFeatures());
        if (features.columns() != batch.getLayer().getFeatureDim()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": " + features.columns() + " columns, but the layer declared "
                            + batch.getLayer().getFeatureDim());
        }
        if (features.columns() > limits.maxDimension()) {
            throw invalid(
                    Reason.LIMIT,
                    what + ": dimension " + features.columns() + " is above the limit of " + limits.maxDimension());
        }
        int[] labels = labels(what + ", labels", batch.getLabelsList(), features.rows(), batch.getClasses());
        int[] predicted = batch.getPredictedLabelsCount() == 0
                ? new int[0]
                : labels(
                        what + ", predicted labels",
                        batch.getPredictedLabelsList(),
                        features.rows(),
                        batch.getClasses());
        Matrix signals = batch.hasBackpropagatedSignals()
                ? signals(what + ", back-propagated signals", batch, features.rows())
                : NO_SIGNALS;
        return new FeatureRecord.Content(features, labels, predicted, signals);
    }

    private static Matrix signals(String what, FeatureBatch batch, int rows) {
        TensorView signals = TensorView.of(what, batch.getBackpropagatedSignals());
        if (signals.rows() != rows) {
            throw invalid(Reason.SHAPE, what + ": " + signals.rows() + " rows for " + rows + " of the features");
        }
        Layer layer = batch.getLayer();
        // A convolution's output is larger than its number of filters.
        boolean known = layer.getWeightDimsCount() > 0 && layer.getKind() != LayerKind.CONVOLUTION;
        if (known && signals.columns() != layer.getWeightDims(0)) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": " + signals.columns() + " columns, but the layer declared " + layer.getWeightDims(0)
                            + " outputs");
        }
        double[] values = signals.toDoubles();
        if (!Double.isFinite(Vectors.squaredNorm(values, 0, values.length))) {
            throw invalid(Reason.NOT_FINITE, what + ": a value is not finite");
        }
        return Matrix.of(rows, signals.columns(), values);
    }

    /**
     * Reads a weight chunk.
     *
     * @throws InvalidRecordException when the contract is broken
     */
    public WeightRecord weights(byte[] key, byte[] value, byte[] schemaVersion) {
        WeightChunk chunk = parse(value, schemaVersion, WeightChunk::parseFrom);
        Layer layer = chunk.getLayer();
        requireKey(key, Keys.layer(chunk.getRun(), layer.getName()));
        String what = "weights of run " + chunk.getRun() + ", layer " + layer.getName();
        requireIdentity(what, chunk.getAttempt(), chunk.getStep(), chunk.getMode(), layer);
        if (chunk.getClasses() != 0 || layer.getClassifier() || chunk.getFeaturesFollow()) {
            requireClasses(what, chunk.getClasses());
        }
        TensorView weights = TensorView.of(what, chunk.getWeights());
        if (weights.columns() > limits.maxDimension()) {
            throw invalid(
                    Reason.LIMIT,
                    what + ": " + weights.columns() + " columns are above the limit of " + limits.maxDimension());
        }
        if (chunk.getRows() < 1
                || chunk.getRowOffset() < 0
                || chunk.getRowOffset() > chunk.getRows() - weights.rows()
                || chunk.getRows() > limits.maxWeightElements() / weights.columns()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": a chunk of " + weights.rows() + " × " + weights.columns() + " at row "
                            + chunk.getRowOffset()
                            + " of " + chunk.getRows() + " does not fit; at most " + limits.maxWeightElements()
                            + " elements in all");
        }
        if (layer.getClassifier() && chunk.getRows() != chunk.getClasses()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": a classifier of " + chunk.getRows() + " rows, but " + chunk.getClasses() + " classes");
        }
        double[] bias = chunk.hasBias()
                ? TensorView.of(what + ", bias", chunk.getBias()).toDoubles()
                : new double[0];
        if (bias.length > 0 && bias.length != chunk.getRows()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": a bias of " + bias.length + ", but " + chunk.getRows() + " rows of weights");
        }
        requireDeclarations(what, chunk);
        return new WeightRecord(chunk, weights, bias, checksum(value));
    }

    private static void requireDeclarations(String what, WeightChunk chunk) {
        if (!(chunk.getWeightDecay() >= 0) || Double.isInfinite(chunk.getWeightDecay())) {
            throw invalid(
                    Reason.LIMIT,
                    what + ": weight decay " + chunk.getWeightDecay() + "; it must be finite and not negative");
        }
        if (!(chunk.getGradientNorm() >= 0) || Double.isInfinite(chunk.getGradientNorm())) {
            throw invalid(
                    Reason.LIMIT,
                    what + ": gradient norm " + chunk.getGradientNorm() + "; it must be finite and not negative");
        }
        int counts = chunk.getClassCountsCount();
        if (counts > 0 && counts != chunk.getClasses()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": " + counts + " class counts, but " + chunk.getClasses() + " classes; give one a class");
        }
    }

    /** Reads a run's descriptor. */
    public RunDescriptor descriptor(byte[] key, byte[] value, byte[] schemaVersion) {
        requireKeepable(value);
        RunDescriptor descriptor = parse(value, schemaVersion, RunDescriptor::parseFrom);
        requireKey(key, Keys.run(descriptor.getRun()));
        Descriptors.require(descriptor);
        String what = "descriptor of run " + descriptor.getRun();
        requireAttempt(what, descriptor.getAttempt());
        if (descriptor.getClasses() != 0) { // 0: not said
            requireClasses(what, descriptor.getClasses());
        }
        return descriptor;
    }

    /** Reads a progress record. A reason that is too long is cut: the end of a run matters more. */
    public Progress progress(byte[] key, byte[] value, byte[] schemaVersion) {
        requireKeepable(value);
        Progress progress = parse(value, schemaVersion, Progress::parseFrom);
        requireKey(key, Keys.run(progress.getRun()));
        String what = "progress of run " + progress.getRun();
        requireAttempt(what, progress.getAttempt());
        if (progress.getEvent() == ProgressEvent.PROGRESS_UNSPECIFIED
                || progress.getEvent() == ProgressEvent.UNRECOGNIZED) {
            throw invalid(
                    Reason.INVALID_IDENTITY, what + ": the event is not one of STARTED, HEARTBEAT, FINISHED, FAILED");
        }
        if (progress.hasElasticityProbe()) {
            requireProbe(what + ", elasticity probe", progress.getElasticityProbe());
        }
        String reason = progress.getReason();
        return reason.length() <= MOST_REASON_LENGTH
                ? progress
                : progress.toBuilder()
                        .setReason(reason.substring(0, MOST_REASON_LENGTH) + "…")
                        .build();
    }

    private void requireProbe(String what, ElasticityProbe probe) {
        TensorView probes = logits(what + ", probes before", probe.getProbeBefore());
        requireClasses(what, probes.columns());
        int[] labels = labels(what + ", labels", probe.getProbeLabelsList(), probes.rows(), probes.columns());
        requireSameShape(what + ", probes", probes, logits(what + ", probes after", probe.getProbeAfter()));
        TensorView batch = logits(what + ", batch before", probe.getBatchBefore());
        requireSameShape(what + ", batch", batch, logits(what + ", batch after", probe.getBatchAfter()));
        if (batch.columns() != probes.columns()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": " + batch.columns() + " logits in the batch, but " + probes.columns() + " in the "
                            + labels.length + " probes");
        }
        if (probe.getBatchClass() < 0 || probe.getBatchClass() >= probes.columns()) {
            throw invalid(
                    Reason.LABEL_RANGE,
                    what + ": class " + probe.getBatchClass() + " of the batch, but there are " + probes.columns()
                            + " classes, from 0");
        }
    }

    private static TensorView logits(String what, Tensor tensor) {
        TensorView view = TensorView.of(what, tensor);
        double[] values = view.toDoubles();
        if (!Double.isFinite(Vectors.squaredNorm(values, 0, values.length))) {
            throw invalid(Reason.NOT_FINITE, what + ": a logit is not finite");
        }
        return view;
    }

    private static void requireSameShape(String what, TensorView before, TensorView after) {
        if (before.rows() != after.rows() || before.columns() != after.columns()) {
            throw invalid(
                    Reason.SHAPE,
                    what + ": " + before.rows() + " × " + before.columns() + " logits before the update, but "
                            + after.rows() + " × " + after.columns() + " after it");
        }
    }

    /** Reads a result that a monitor published. */
    public LayerResult result(byte[] key, byte[] value, byte[] schemaVersion) {
        requireKeepable(value);
        LayerResult result = parse(value, schemaVersion, LayerResult::parseFrom);
        Layer layer = result.getLayer();
        requireKey(key, Keys.layer(result.getRun(), layer.getName()));
        String what = "result of run " + result.getRun() + ", layer " + layer.getName();
        requireIdentity(what, result.getAttempt(), result.getStep(), result.getMode(), layer);
        requireSplit(what, result.getSplit());
        if (!(result.getCoverage() >= 0 && result.getCoverage() <= 1)) {
            throw invalid(
                    Reason.INVALID_IDENTITY,
                    what + ": coverage " + result.getCoverage() + "; it is a share, from 0 to 1");
        }
        int entries = result.getMetricsCount() + result.getUndefinedCount() + result.getNotesCount();
        if (entries > MOST_METRICS) {
            throw invalid(
                    Reason.LIMIT, what + ": " + entries + " metrics and notes; at most " + MOST_METRICS + " are kept");
        }
        return result;
    }

    /** Reads what one stage of the monitor tells another. */
    public LayerControl control(byte[] key, byte[] value, byte[] schemaVersion) {
        LayerControl control = parse(value, schemaVersion, LayerControl::parseFrom);
        requireKey(key, Keys.layer(control.getRun(), control.getLayer()));
        String what = "control of run " + control.getRun() + ", layer " + control.getLayer();
        switch (control.getFate()) {
            case ENDED -> requireAttempt(what, control.getAttempt());
            case DELETED -> {}
            default -> throw invalid(Reason.INVALID_IDENTITY, what + ": the fate is not one of ENDED, DELETED");
        }
        return control;
    }

    private void requireIdentity(String what, int attempt, long step, Mode mode, Layer layer) {
        requireAttempt(what, attempt);
        if (step < 0) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": step " + step + " is negative");
        }
        if (mode != Mode.SNAPSHOT && mode != Mode.ROLLING) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": mode is " + mode + "; use SNAPSHOT or ROLLING");
        }
        if (layer.getIndex() < 0) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": layer index " + layer.getIndex() + " is negative");
        }
    }

    /**
     * The run stage keeps these records whole. A compressed batch may hold one that is larger than what topics take: kept,
     * it would be refused by the changelog and end the thread, again and again.
     */
    private static void requireKeepable(byte[] value) {
        if (value != null && value.length > Topic.MAX_RECORD_BYTES) {
            throw invalid(
                    Reason.OVERSIZE,
                    "a record about a run of " + value.length + " bytes; at most " + Topic.MAX_RECORD_BYTES
                            + " are kept, so say less in one");
        }
    }

    private static void requireSplit(String what, Split split) {
        if (split != Split.TRAIN && split != Split.TEST) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": split is " + split + "; use TRAIN or TEST");
        }
    }

    private static void requireAttempt(String what, int attempt) {
        if (attempt < 1) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": attempt " + attempt + "; attempts count from 1");
        }
    }

    private void requireClasses(String what, int classes) {
        if (classes < 2 || classes > limits.maxClasses()) {
            throw invalid(
                    Reason.CLASS_COUNT,
                    what + ": " + classes + " classes; from 2 to " + limits.maxClasses() + " are possible");
        }
    }

    private static int[] labels(String what, List<Integer> values, int rows, int classes) {
        if (values.size() != rows) {
            throw invalid(Reason.SHAPE, what + ": " + values.size() + " for " + rows + " rows");
        }
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = values.get(i);
            if (labels[i] < 0 || labels[i] >= classes) {
                throw invalid(
                        Reason.LABEL_RANGE,
                        what + ": " + labels[i] + " in row " + i + ", but there are " + classes + " classes, from 0");
            }
        }
        return labels;
    }

    private static void requireKey(byte[] actual, byte[] expected) {
        if (!Arrays.equals(actual, expected)) {
            throw invalid(
                    Reason.INVALID_IDENTITY,
                    "the record's key is " + quoted(actual) + ", but its content needs " + quoted(expected)
                            + ": records are found by their key");
        }
    }

    private static String quoted(byte[] key) {
        if (key == null) {
            return "absent";
        }
        String text = new String(key, 0, Math.min(key.length, SHOWN_KEY_BYTES), StandardCharsets.UTF_8);
        return "\"" + Names.printable(text) + (key.length > SHOWN_KEY_BYTES ? "…\"" : "\"");
    }

    private static <T> T parse(byte[] value, byte[] schemaVersion, Parser<T> parser) {
        if (value == null || value.length == 0) {
            throw invalid(Reason.EMPTY, "the record has no value; publish a message of the topic's type");
        }
        RecordHeaders.requireReadable(schemaVersion);
        try {
            // Tensors are views of the record's own bytes, which nobody writes again: no copy of the payload.
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(value).newCodedInput();
            input.enableAliasing(true);
            T message = parser.parse(input);
            input.checkLastTagWas(0);
            return message;
        } catch (IOException e) {
            throw invalid(Reason.UNREADABLE, "the value is not a message of the topic's type: " + e.getMessage());
        }
    }

    private static int checksum(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value, 0, value.length);
        return (int) crc.getValue();
    }

    private static InvalidRecordException invalid(Reason reason, String message) {
        return new InvalidRecordException(reason, message);
    }

    private interface Parser<T> {
        T parse(CodedInputStream input) throws IOException;
    }
}
