package dev.collapsemonitor.monitor.ingest;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Turns bytes into records that keep the contract. Everything it refuses carries a {@link Reason} and one line. */
public final class RecordReader {
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
        if (batch.getSplit() != Split.TRAIN && batch.getSplit() != Split.TEST) {
            throw invalid(Reason.INVALID_IDENTITY, what + ": split is " + batch.getSplit() + "; use TRAIN or TEST");
        }
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
        return new FeatureRecord.Content(features, labels, predicted);
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
        return new WeightRecord(chunk, weights, bias, checksum(value));
    }

    /** Reads a run's descriptor. */
    public RunDescriptor descriptor(byte[] key, byte[] value, byte[] schemaVersion) {
        RunDescriptor descriptor = parse(value, schemaVersion, RunDescriptor::parseFrom);
        requireKey(key, Keys.run(descriptor.getRun()));
        Names.requireExperiment(descriptor.getExperiment());
        descriptor.getLayersList().forEach(layer -> Names.requireLayer(layer.getName()));
        requireAttempt("descriptor of run " + descriptor.getRun(), descriptor.getAttempt());
        return descriptor;
    }

    /** Reads a progress record. */
    public Progress progress(byte[] key, byte[] value, byte[] schemaVersion) {
        Progress progress = parse(value, schemaVersion, Progress::parseFrom);
        requireKey(key, Keys.run(progress.getRun()));
        String what = "progress of run " + progress.getRun();
        requireAttempt(what, progress.getAttempt());
        if (progress.getEvent() == ProgressEvent.PROGRESS_UNSPECIFIED
                || progress.getEvent() == ProgressEvent.UNRECOGNIZED) {
            throw invalid(
                    Reason.INVALID_IDENTITY, what + ": the event is not one of STARTED, HEARTBEAT, FINISHED, FAILED");
        }
        return progress;
    }

    /** Reads a result that a monitor published. */
    public LayerResult result(byte[] key, byte[] value, byte[] schemaVersion) {
        LayerResult result = parse(value, schemaVersion, LayerResult::parseFrom);
        Layer layer = result.getLayer();
        requireKey(key, Keys.layer(result.getRun(), layer.getName()));
        String what = "result of run " + result.getRun() + ", layer " + layer.getName();
        requireIdentity(what, result.getAttempt(), result.getStep(), result.getMode(), layer);
        return result;
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
            throw invalid(Reason.INVALID_IDENTITY, "the record's key is not that of its run and layer");
        }
    }

    private static <T> T parse(byte[] value, byte[] schemaVersion, Parser<T> parser) {
        if (value == null || value.length == 0) {
            throw invalid(Reason.EMPTY, "the record has no value");
        }
        RecordHeaders.requireReadable(schemaVersion);
        try {
            return parser.parse(value);
        } catch (InvalidProtocolBufferException e) {
            throw invalid(Reason.UNREADABLE, "not a readable record: " + e.getMessage());
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
        T parse(byte[] value) throws InvalidProtocolBufferException;
    }
}
