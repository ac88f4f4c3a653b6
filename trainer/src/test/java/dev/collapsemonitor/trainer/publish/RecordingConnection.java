package dev.collapsemonitor.trainer.publish;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.WeightChunk;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;

/** Takes the place of a broker and keeps what was sent. */
final class RecordingConnection implements CollapsePublisher.Connection {
    private final MockProducer<byte[], byte[]> producer;
    private final int attempt;
    private PublisherOptions options;

    RecordingConnection() {
        this(new CopyingProducer(), 1);
    }

    RecordingConnection(MockProducer<byte[], byte[]> producer, int attempt) {
        this.producer = producer;
        this.attempt = attempt;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public RunPublisher open(RunDescriptor descriptor, PublisherOptions given) {
        options = given;
        return new RunPublisher(producer, descriptor, given);
    }

    PublisherOptions options() {
        return options;
    }

    RunDescriptor descriptor() {
        return read(Topic.RUNS, RunDescriptor.parser()).get(0);
    }

    List<FeatureBatch> features() {
        return read(Topic.FEATURES, FeatureBatch.parser());
    }

    /** Feature batches of a layer at a step. */
    List<FeatureBatch> features(String layer, long step) {
        return features().stream()
                .filter(batch -> batch.getLayer().getName().equals(layer) && batch.getStep() == step)
                .toList();
    }

    List<WeightChunk> weights() {
        return read(Topic.WEIGHTS, WeightChunk.parser());
    }

    /** The weights of a layer at a step, of one chunk. */
    WeightChunk weights(String layer, long step) {
        List<WeightChunk> chunks = weights().stream()
                .filter(chunk -> chunk.getLayer().getName().equals(layer) && chunk.getStep() == step)
                .toList();
        if (chunks.size() != 1) {
            throw new AssertionError(chunks.size() + " chunks of " + layer + " at step " + step);
        }
        return chunks.get(0);
    }

    List<Progress> progress() {
        return read(Topic.PROGRESS, Progress.parser());
    }

    private <T> List<T> read(Topic topic, Parser<T> parser) {
        return producer.history().stream()
                .filter(record -> record.topic().equals(topic.topicName()))
                .map(record -> {
                    try {
                        return parser.parseFrom(record.value());
                    } catch (InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
    }
}
