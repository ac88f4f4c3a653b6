package dev.collapsemonitor.trainer.publish;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Turns what a run publishes into records: the same bytes for the same input, since the monitor recognises a duplicate by its
 * content. Records with tensors are made by one thread.
 */
final class RecordFactory {
    private final String run;
    private final int rowLimit;
    private final ArrayPool<byte[]> pool;
    private final Scratch scratch = new Scratch();
    private final Scratch signalScratch = new Scratch(); // in a record beside the features

    /**
     * For one run.
     *
     * @param rowLimit most rows of features in one record; the size of the record limits them too
     * @param pool where the values of records come from; who sent one may give it back
     */
    RecordFactory(String run, int rowLimit, ArrayPool<byte[]> pool) {
        this.run = run;
        this.rowLimit = rowLimit;
        this.pool = pool;
    }

    ProducerRecord<byte[], byte[]> descriptor(RunDescriptor descriptor) {
        return record(Topic.RUNS, Keys.run(run), descriptor);
    }

    ProducerRecord<byte[], byte[]> progress(Progress progress) {
        return record(Topic.PROGRESS, Keys.run(run), progress);
    }

    /** How a feature set is cut into parts. */
    PartLayout layout(long rows, int values, int elementBytes) {
        return PartLayout.of(rows, values, elementBytes, rowLimit);
    }

    ProducerRecord<byte[], byte[]> features(FeaturePart part) {
        FeatureHeader header = part.header();
        int count = part.labels().length;
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun(run)
                .setLayer(header.layer())
                .setAttempt(part.moment().attempt())
                .setEpoch(part.moment().epoch())
                .setStep(part.moment().step())
                .setMode(header.mode())
                .setSplit(header.split())
                .setPart(part.part())
                .setParts(part.parts())
                .setClasses(header.classes())
                .addAllLabels(list(part.labels()))
                .addAllPredictedLabels(list(part.predictions()))
                .setFeatures(part.features().tensor(part.from(), count, scratch))
                .setWeightsFollow(header.weightsFollow());
        if (part.signals() instanceof FeatureSet.SignalRows signals) {
            batch.setBackpropagatedSignals(signals.rows().tensor(part.from(), count, signalScratch));
        }
        return record(Topic.FEATURES, Keys.layer(run, header.layer().getName()), batch.build());
    }

    /** Some rows of a layer's weights, from {@code from} on; as many as {@link #rowsPerChunk} says. */
    ProducerRecord<byte[], byte[]> weights(WeightSet set, Moment moment, long from) {
        Rows weights = set.weights();
        int count = (int) Math.min(rowsPerChunk(weights.columns(), weights.elementBytes()), weights.count() - from);
        WeightChunk.Builder chunk = WeightChunk.newBuilder()
                .setRun(run)
                .setLayer(set.layer())
                .setAttempt(moment.attempt())
                .setEpoch(moment.epoch())
                .setStep(moment.step())
                .setMode(set.mode())
                .setRowOffset(from)
                .setRows(weights.count())
                .setWeights(weights.tensor(from, count, scratch))
                .setWeightDecay(set.decay().lambda())
                .setCoupling(set.decay().coupling())
                .setBiasDecayed(set.decay().biasDecayed())
                .setLoss(set.loss())
                .setGradientNorm(set.gradientNorm())
                .setFeaturesFollow(set.featuresFollow())
                .setClasses(set.classes())
                .addAllClassCounts(set.classCounts());
        if (from == 0 && set.bias() instanceof WeightSet.BiasRow bias) {
            chunk.setBias(bias.row().tensor(0, 1));
        }
        return record(Topic.WEIGHTS, Keys.layer(run, set.layer().getName()), chunk.build());
    }

    /** How many rows of weights fit into a record; one row at least, whatever its length. */
    static int rowsPerChunk(int columns, int elementBytes) {
        return (int) Math.max(1, Topic.TARGET_RECORD_BYTES / ((long) columns * elementBytes));
    }

    private static Iterable<Integer> list(int... values) {
        return () -> IntStream.of(values).boxed().iterator();
    }

    private ProducerRecord<byte[], byte[]> record(Topic topic, byte[] key, Message message) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic.topicName(), key, deterministicBytes(message));
        record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        return record;
    }

    /** Plain serialisation leaves the order of map entries open. */
    private byte[] deterministicBytes(Message message) {
        byte[] bytes = pool.take(message.getSerializedSize());
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
