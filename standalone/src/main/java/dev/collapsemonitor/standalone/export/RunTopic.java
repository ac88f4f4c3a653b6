package dev.collapsemonitor.standalone.export;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What collapse.runs says about the runs: the experiment of each, and which were deleted when. */
final class RunTopic {
    private final Map<String, Declaration> declarations = new HashMap<>();
    private final Map<String, Long> deletions = new HashMap<>();

    /** The newest descriptor of a run and when it was published, by the broker's clock. */
    record Declaration(RunDescriptor descriptor, long timeMillis) {}

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
            declarations.remove(run);
            deletions.put(run, record.timestamp());
            return;
        }
        try {
            RunDescriptor descriptor = RunDescriptor.parseFrom(record.value());
            Declaration before = declarations.get(run);
            if (before == null || descriptor.getAttempt() >= before.descriptor.getAttempt()) {
                declarations.put(run, new Declaration(descriptor, record.timestamp()));
            }
        } catch (InvalidProtocolBufferException e) {
            // As above.
        }
    }

    /** The experiment of a run; empty when it has none or none is known. */
    String experiment(String run) {
        Declaration declaration = declarations.get(run);
        return declaration == null ? "" : declaration.descriptor.getExperiment();
    }

    /** By run. */
    Map<String, Declaration> declarations() {
        return Collections.unmodifiableMap(declarations);
    }

    /** Whether a record of this time belongs to a run that was deleted afterwards. */
    boolean isDeleted(String run, long timeMillis) {
        Long deletion = deletions.get(run);
        return deletion != null && timeMillis <= deletion;
    }
}
