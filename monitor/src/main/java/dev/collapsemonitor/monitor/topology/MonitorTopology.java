package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.protocol.Topic;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;

/**
 * The whole stream on one screen.
 *
 * <pre>
 * collapse.features ─┐
 * collapse.weights  ─┼▶ layers (by run/layer) ─▶ collapse.metrics ─┐
 *        ┌───────────┘                                             │
 *        │  collapse.runs     ─────────────────────────────────────┼▶ runs (by run) ─▶ directory ─▶ HTTP
 *        │  collapse.progress ─────────────────────────────────────┘   │
 *        └──────────────────── collapse.control ◀── ends, deletions ───┘
 *          rejected records of both ─▶ collapse.dead-letters ─▶ rejects (by run) ─▶ directory
 *                  runs: changes of status and phase ─▶ collapse.alerts
 * </pre>
 *
 * <p>collapse.metrics is keyed by run/layer but partitioned by run alone ({@link RunPartitioner}), so the run stage reads
 * the results where it reads descriptors and progress: the published results are its only input, and no internal topic is
 * needed between the stages. The dead letters are partitioned likewise and counted where their run is. The way back is
 * collapse.control, partitioned as features are: the end of a run, which is a record of the run, closes the snapshots of its
 * layers.
 */
final class MonitorTopology {
    static final String RUN_STORE = "runs";

    /** What changelogs take: the largest record of an input topic, with another key. */
    static final int MAX_CHANGELOG_RECORD_BYTES = Topic.MAX_RECORD_BYTES + (64 << 10);

    private MonitorTopology() {}

    /**
     * @param layers makes the processor of one task of the first stage
     * @param runs makes the processor of one task of the second stage
     * @param rejects makes the processor of the dead letters of one task of the second stage
     * @param layerStore makes the state of one task of the first stage
     */
    static Topology build(
            Supplier<LayerProcessor> layers,
            Supplier<RunProcessor> runs,
            Supplier<RejectProcessor> rejects,
            StoreBuilder<LayerStore> layerStore) {
        Topology topology = new Topology();
        source(topology, Topic.FEATURES);
        source(topology, Topic.WEIGHTS);
        source(topology, Topic.CONTROL);
        topology.addProcessor("layers", layers::get, "features", "weights", "control");
        topology.addStateStore(layerStore, "layers");

        source(topology, Topic.RUNS);
        source(topology, Topic.PROGRESS);
        source(topology, Topic.METRICS);
        topology.addProcessor("runs", runs::get, "runs-source", "progress", "metrics");
        source(topology, Topic.DEAD_LETTERS);
        topology.addProcessor("rejects", rejects::get, "dead-letters");
        // It uses no store: naming one puts it into the task that owns the runs.
        topology.addStateStore(runStore(), "runs", "rejects");

        topology.addSink(
                LayerProcessor.METRICS_SINK,
                Topic.METRICS.topicName(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                new RunPartitioner(),
                "layers");
        topology.addSink(
                LayerNotices.SINK,
                Topic.CONTROL.topicName(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                "runs");
        topology.addSink(
                DeadLetters.LAYERS_SINK,
                Topic.DEAD_LETTERS.topicName(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                new RunPartitioner(),
                "layers");
        topology.addSink(
                DeadLetters.RUNS_SINK,
                Topic.DEAD_LETTERS.topicName(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                new RunPartitioner(),
                "runs");
        topology.addSink(
                EventLog.SINK,
                Topic.ALERTS.topicName(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                new RunPartitioner(),
                "runs");
        return topology;
    }

    private static void source(Topology topology, Topic topic) {
        String name = topic == Topic.RUNS ? "runs-source" : topic.topicName().replace("collapse.", "");
        topology.addSource(name, new ByteArrayDeserializer(), new ByteArrayDeserializer(), topic.topicName());
    }

    /** In memory, restored from its changelog: it is read as a whole at start and never looked up. */
    private static StoreBuilder<TimestampedKeyValueStore<String, byte[]>> runStore() {
        return Stores.timestampedKeyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(RUN_STORE), Serdes.String(), Serdes.ByteArray())
                .withLoggingEnabled(
                        Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_CHANGELOG_RECORD_BYTES)));
    }
}
