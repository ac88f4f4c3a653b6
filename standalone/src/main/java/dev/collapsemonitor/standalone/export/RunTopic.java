package dev.collapsemonitor.standalone.export;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What collapse.runs says about the runs: the experiment of each, and which were deleted when. */
final class RunTopic {
    private final Map<String, RunDescriptor> descriptors = new HashMap<>();
    private final Map<String, Long> deletions = new HashMap<>();

    private RunTopic() {}

    /** Reads the descriptors of some runs; of all, when none is named. */
    static RunTopic read(TopicScan topics, Set<String> runs) {
        RunTopic read = new RunTopic();
        topics.read(Topic.RUNS, runs, read::add);
        return read;
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return; // not ours; the monitor reports it
        }
        String run = new String(record.key(), StandardCharsets.UTF_8);
        if (record.value() == null) {
            descriptors.remove(run);
            deletions.put(run, record.timestamp());
            return;
        }
        try {
            RunDescriptor descriptor = RunDescriptor.parseFrom(record.value());
            RunDescriptor before = descriptors.get(run);
            if (before == null || descriptor.getAttempt() >= before.getAttempt()) {
                descriptors.put(run, descriptor);
            }
        } catch (InvalidProtocolBufferException e) {
            // As above.
        }
    }

    /** The experiment of a run; empty when it has none or none is known. */
    String experiment(String run) {
        RunDescriptor descriptor = descriptors.get(run);
        return descriptor == null ? "" : descriptor.getExperiment();
    }

    /** Whether a record of this time belongs to a run that was deleted afterwards. */
    boolean isDeleted(String run, long timeMillis) {
        Long deletion = deletions.get(run);
        return deletion != null && timeMillis <= deletion;
    }
}
