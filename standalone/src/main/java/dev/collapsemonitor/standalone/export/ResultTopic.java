package dev.collapsemonitor.standalone.export;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.run.ResultId;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The results on collapse.metrics, joined with the experiments on collapse.runs. The topic is a log of upserts: of two
 * records of one identity the one with the higher coverage holds, of equals the later.
 */
public final class ResultTopic {
    private final TopicScan topics;

    /**
     * @param bootstrap {@code host:port,…}
     * @param settings of the client, in Kafka's names
     * @param err for the progress
     */
    public ResultTopic(String bootstrap, Map<String, String> settings, PrintWriter err) {
        topics = new TopicScan(bootstrap, settings, err);
    }

    /**
     * All results that were published until now.
     *
     * @return in {@link ResultRow#ORDER}
     * @throws UserException when a run, experiment or layer that the selection names has none, or for the brokers
     */
    public List<ResultRow> read(Selection selection) {
        RunTopic runs = RunTopic.read(topics, selection.runs());
        Upserts upserts = new Upserts(selection, runs);
        topics.read(Topic.METRICS, selection.runs(), upserts::add);
        NamedButAbsent.require("results", Topic.METRICS, topics.bootstrap(), selection, upserts.newestAttempts, runs);
        List<ResultRow> rows = upserts.newest.values().stream()
                .filter(kept -> selection.hasAttempt(
                        kept.result.getAttempt(), upserts.newestAttempts.get(kept.result.getRun())))
                .map(kept -> ResultRow.of(kept.result, runs.experiment(kept.result.getRun()), kept.timeMillis))
                .sorted(ResultRow.ORDER)
                .toList();
        if (rows.isEmpty() && !selection.equals(Selection.ALL)) {
            throw new UserException("no result on " + Topic.METRICS.topicName() + " at " + topics.bootstrap()
                    + " fits --layer, --mode, --split and --attempt; layers are "
                    + (upserts.layers.isEmpty() ? "none" : String.join(", ", upserts.layers)));
        }
        return rows;
    }

    private record Identity(String run, String layer, ResultId id) {}

    private record Kept(LayerResult result, long timeMillis) {}

    private static final class Upserts {
        private final Selection selection;
        private final RunTopic runs;
        private final Map<Identity, Kept> newest = new HashMap<>();
        private final Map<String, Integer> newestAttempts = new HashMap<>();
        private final TreeSet<String> layers = new TreeSet<>();

        Upserts(Selection selection, RunTopic runs) {
            this.selection = selection;
            this.runs = runs;
        }

        void add(ConsumerRecord<byte[], byte[]> record) {
            LayerResult result;
            try {
                result = record.value() == null
                        ? LayerResult.getDefaultInstance()
                        : LayerResult.parseFrom(record.value());
            } catch (InvalidProtocolBufferException e) {
                return; // not ours; the monitor reports it
            }
            String run = result.getRun();
            if (run.isEmpty()
                    || runs.isDeleted(run, record.timestamp())
                    || !selection.hasRun(run, runs.experiment(run))) {
                return;
            }
            newestAttempts.merge(run, result.getAttempt(), Math::max);
            layers.add(result.getLayer().getName());
            if (selection.hasLayer(result.getLayer().getName()) && selection.has(result.getMode(), result.getSplit())) {
                newest.merge(
                        new Identity(run, result.getLayer().getName(), ResultId.of(result)),
                        new Kept(result, record.timestamp()),
                        (before, now) -> before.result.getCoverage() > now.result.getCoverage() ? before : now);
            }
        }
    }
}
