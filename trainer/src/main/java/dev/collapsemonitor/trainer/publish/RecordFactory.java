package dev.collapsemonitor.trainer.publish;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Turns what a run publishes into records: pure, and the same bytes for the same input, since the monitor recognises a
 * duplicate by its content.
 */
final class RecordFactory {
    private final String run;
    private final int rowLimit;

    /** @param rowLimit most rows of features in one record; the size of the record limits them too */
    RecordFactory(String run, int rowLimit) {
        this.run = run;
        this.rowLimit = rowLimit;
    }

    ProducerRecord<byte[], byte[]> descriptor(RunDescriptor descriptor) {
        return record(Topic.RUNS, Keys.run(run), descriptor);
    }

    ProducerRecord<byte[], byte[]> progress(Progress progress) {
        return record(Topic.PROGRESS, Keys.run(run), progress);
    }

    /** One record per part, made one at a time: only one part is in memory beside the source. */
    void features(FeatureSet set, Moment moment, Consumer<ProducerRecord<byte[], byte[]>> sink) {
        Rows features = set.features();
        int rowsPerPart = Math.min(rowLimit, FeatureSet.rowsPerPart(features.columns(), features.elementBytes()));
        long total = features.count();
        int parts = Math.toIntExact((total + rowsPerPart - 1) / rowsPerPart);
        byte[] key = Keys.layer(run, set.layer().getName());
        for (int part = 0; part < parts; part++) {
            int from = part * rowsPerPart;
            int count = (int) Math.min(rowsPerPart, total - from);
            FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                    .setRun(run)
                    .setLayer(set.layer())
                    .setAttempt(moment.attempt())
                    .setEpoch(moment.epoch())
                    .setStep(moment.step())
                    .setMode(Mode.SNAPSHOT)
                    .setSplit(set.split())
                    .setPart(part)
                    .setParts(parts)
                    .setClasses(set.classes())
                    .addAllLabels(range(set.labels(), from, count))
                    .setFeatures(features.tensor(from, count))
                    .setWeightsFollow(set.weightsFollow());
            if (set.predictions().length > 0) {
                batch.addAllPredictedLabels(range(set.predictions(), from, count));
            }
            sink.accept(record(Topic.FEATURES, key, batch.build()));
        }
    }

    /** One record per chunk of rows. */
    void weights(WeightSet set, Moment moment, Consumer<ProducerRecord<byte[], byte[]>> sink) {
        Rows weights = set.weights();
        int rowsPerChunk = rowsPerChunk(weights);
        byte[] key = Keys.layer(run, set.layer().getName());
        for (long from = 0; from < weights.count(); from += rowsPerChunk) {
            int count = (int) Math.min(rowsPerChunk, weights.count() - from);
            WeightChunk.Builder chunk = WeightChunk.newBuilder()
                    .setRun(run)
                    .setLayer(set.layer())
                    .setAttempt(moment.attempt())
                    .setEpoch(moment.epoch())
                    .setStep(moment.step())
                    .setMode(Mode.SNAPSHOT)
                    .setRowOffset(from)
                    .setRows(weights.count())
                    .setWeights(weights.tensor(from, count))
                    .setWeightDecay(set.decay().lambda())
                    .setCoupling(set.decay().coupling())
                    .setBiasDecayed(set.decay().biasDecayed())
                    .setLoss(set.loss())
                    .setFeaturesFollow(set.featuresFollow())
                    .setClasses(set.classes());
            if (from == 0 && set.bias() instanceof WeightSet.BiasRow bias) {
                chunk.setBias(bias.row().tensor(0, 1));
            }
            sink.accept(record(Topic.WEIGHTS, key, chunk.build()));
        }
    }

    /** How many rows of weights fit into a record; one row at least, whatever its length. */
    private static int rowsPerChunk(Rows rows) {
        long bytesPerRow = (long) rows.columns() * rows.elementBytes();
        return (int) Math.max(1, Topic.TARGET_RECORD_BYTES / bytesPerRow);
    }

    private static Iterable<Integer> range(int[] values, int from, int count) {
        return () ->
                IntStream.range(from, from + count).map(i -> values[i]).boxed().iterator();
    }

    private static ProducerRecord<byte[], byte[]> record(Topic topic, byte[] key, Message message) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic.topicName(), key, deterministicBytes(message));
        record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        return record;
    }

    /** Plain serialisation leaves the order of map entries open. */
    private static byte[] deterministicBytes(Message message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        CodedOutputStream output = CodedOutputStream.newInstance(bytes);
        output.useDeterministicSerialization();
        try {
            message.writeTo(output);
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return bytes;
    }
}
