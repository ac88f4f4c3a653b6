package dev.collapsemonitor.standalone.export;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Progress;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Loss, accuracy and learning rate by step on collapse.progress, which keeps them for seven days. Records that say none of
 * them, such as heartbeats, are left out; of two about one step the later holds.
 */
public final class ProgressTopic {
    private final TopicScan topics;

    /**
     * @param bootstrap {@code host:port,…}
     * @param settings of the client, in Kafka's names
     * @param err for the progress of the reading
     */
    public ProgressTopic(String bootstrap, Map<String, String> settings, PrintWriter err) {
        topics = new TopicScan(bootstrap, settings, err);
    }

    /**
     * All that was published until now.
     *
     * @return in {@link ProgressRow#ORDER}
     * @throws UserException when a run or experiment that the selection names has none, or for the brokers
     */
    public List<ProgressRow> read(Selection selection) {
        return read(selection, true);
    }

    /** The same, or nothing: results outlive the progress. */
    public List<ProgressRow> readIfAny(Selection selection) {
        return read(selection, false);
    }

    private List<ProgressRow> read(Selection selection, boolean required) {
        RunTopic runs = RunTopic.read(topics, selection.runs());
        Map<Identity, ProgressRow> rows = new HashMap<>();
        Map<String, Integer> newestAttempts = new HashMap<>();
        topics.read(Topic.PROGRESS, selection.runs(), record -> {
            Progress progress = parse(record);
            String run = progress.getRun();
            if (run.isEmpty()
                    || runs.isDeleted(run, record.timestamp())
                    || !selection.hasRun(run, runs.experiment(run))) {
                return;
            }
            newestAttempts.merge(run, progress.getAttempt(), Math::max);
            if (progress.hasLoss() || progress.hasAccuracy() || progress.hasLearningRate()) {
                rows.put(
                        new Identity(run, progress.getAttempt(), progress.getStep()),
                        ProgressRow.of(progress, runs.experiment(run), record.timestamp()));
            }
        });
        if (required) {
            NamedButAbsent.require("progress", Topic.PROGRESS, topics.bootstrap(), selection, newestAttempts, runs);
        }
        return rows.values().stream()
                .filter(row -> selection.hasAttempt(row.attempt(), newestAttempts.get(row.run())))
                .sorted(ProgressRow.ORDER)
                .toList();
    }

    private static Progress parse(ConsumerRecord<byte[], byte[]> record) {
        try {
            return record.value() == null ? Progress.getDefaultInstance() : Progress.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            return Progress.getDefaultInstance(); // not ours; the monitor reports it
        }
    }

    private record Identity(String run, int attempt, long step) {}
}
