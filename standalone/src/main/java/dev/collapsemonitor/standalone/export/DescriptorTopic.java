package dev.collapsemonitor.standalone.export;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Progress;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What collapse.runs declares of the runs, joined with how they ended from collapse.progress. */
public final class DescriptorTopic {
    private final TopicScan topics;

    /**
     * @param bootstrap {@code host:port,…}
     * @param settings of the client, in Kafka's names
     * @param err for the progress of the reading
     */
    public DescriptorTopic(String bootstrap, Map<String, String> settings, PrintWriter err) {
        topics = new TopicScan(bootstrap, settings, err);
    }

    /**
     * The newest descriptors of the selected runs.
     *
     * @return in {@link DescriptorRow#ORDER}
     * @throws UserException when a run or experiment that the selection names has none, or for the brokers
     */
    public List<DescriptorRow> read(Selection selection) {
        RunTopic runs = RunTopic.read(topics, selection.runs());
        Map<String, RunTopic.Declaration> chosen = new TreeMap<>();
        runs.declarations().forEach((run, declaration) -> {
            if (selection.hasRun(run, runs.experiment(run))) {
                chosen.put(run, declaration);
            }
        });
        NamedButAbsent.require("a descriptor", Topic.RUNS, topics.bootstrap(), selection, chosen, runs);
        Map<String, DescriptorRow.End> ends = ends(selection.runs(), runs, chosen);
        return chosen.entrySet().stream()
                .map(entry -> DescriptorRow.of(
                        entry.getValue().descriptor(),
                        ends.getOrDefault(entry.getKey(), DescriptorRow.End.UNKNOWN),
                        entry.getValue().timeMillis()))
                .sorted(DescriptorRow.ORDER)
                .toList();
    }

    private Map<String, DescriptorRow.End> ends(
            Set<String> selected, RunTopic runs, Map<String, RunTopic.Declaration> chosen) {
        Map<String, DescriptorRow.End> ends = new HashMap<>();
        topics.read(Topic.PROGRESS, selected, record -> {
            Progress progress;
            try {
                progress = record.value() == null ? Progress.getDefaultInstance() : Progress.parseFrom(record.value());
            } catch (InvalidProtocolBufferException e) {
                return; // not ours; the monitor reports it
            }
            RunTopic.Declaration declaration = chosen.get(progress.getRun());
            if (declaration == null
                    || declaration.descriptor().getAttempt() != progress.getAttempt()
                    || runs.isDeleted(progress.getRun(), record.timestamp())) {
                return;
            }
            ends.put(
                    progress.getRun(),
                    ends.getOrDefault(progress.getRun(), DescriptorRow.End.UNKNOWN)
                            .then(progress));
        });
        return ends;
    }
}
