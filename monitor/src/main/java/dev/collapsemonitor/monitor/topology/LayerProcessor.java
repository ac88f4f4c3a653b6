package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.monitor.layer.LayerStage.Arrival;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerControl;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.RunFate;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** First stage: features and weights of the run/layer keys of one task to results. */
final class LayerProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String METRICS_SINK = "results";

    private final MonitorMetrics metrics;
    private final RollingSettings rolling;
    private final StateBudget budget;
    private final Duration grace;
    private final Intake intake;
    private final RecordReader reader;
    private ProcessorContext<byte[], byte[]> context;
    private DeadLetters deadLetters;
    private CaughtUpClock clock;
    private CommitTurn commits;
    private LayerStage stage; // the store's, which outlives a suspension of the task
    private boolean republished;
    private OptionalLong arrived = OptionalLong.empty(); // broker's time of the record that is being merged

    LayerProcessor(
            MonitorMetrics metrics,
            RollingSettings rolling,
            StateBudget budget,
            Duration grace,
            IngestLimits limits,
            Intake intake) {
        this.metrics = metrics;
        this.rolling = rolling;
        this.budget = budget;
        this.grace = grace;
        this.intake = intake;
        reader = new RecordReader(limits);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> newContext) {
        context = newContext;
        deadLetters = new DeadLetters(context, metrics, DeadLetters.LAYERS_SINK);
        LayerStore store = context.getStateStore(LayerStore.NAME);
        stage = store.activate(
                () -> new LayerStage(AccumulatorLimits.DEFAULT, grace, rolling, budget, this::publish),
                context.currentSystemTimeMs());
        clock = new CaughtUpClock(
                intake,
                Set.of(Topic.FEATURES, Topic.WEIGHTS, Topic.CONTROL),
                context.taskId().partition(),
                context.currentSystemTimeMs());
        commits = new CommitTurn(context);
        context.schedule(CaughtUpClock.TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    private void tick(long nowMillis) {
        commits.tick(nowMillis);
        republish();
        stage.tick(nowMillis, clock.tick(nowMillis));
    }

    /** Not at once: while the task is made, nothing can be sent on. */
    private void republish() {
        if (!republished) {
            republished = true;
            stage.republish();
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        republish();
        arrived = OptionalLong.of(record.timestamp());
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        clock.processed(metadata);
        String topic = metadata.topic();
        try {
            if (merge(topic, record) == Arrival.DUPLICATE) {
                metrics.duplicate();
            }
        } catch (InvalidRecordException e) {
            deadLetters.reject(topic, record, e);
        } finally {
            arrived = OptionalLong.empty();
        }
    }

    private Arrival merge(String topic, Record<byte[], byte[]> record) {
        byte[] schemaVersion = DeadLetters.schemaVersion(record);
        long now = context.currentSystemTimeMs();
        if (topic.equals(Topic.WEIGHTS.topicName())) {
            metrics.received(Topic.WEIGHTS, record.value());
            return stage.weights(reader.weights(record.key(), record.value(), schemaVersion), now);
        }
        if (topic.equals(Topic.CONTROL.topicName())) {
            metrics.received(Topic.CONTROL, record.value());
            LayerControl control = reader.control(record.key(), record.value(), schemaVersion);
            if (control.getFate() == RunFate.DELETED) {
                context.commit(); // somebody waits for it
            }
            return stage.control(control, now);
        }
        metrics.received(Topic.FEATURES, record.value());
        return stage.features(reader.features(record.key(), record.value(), schemaVersion), now);
    }

    private void publish(LayerResult result) {
        Headers headers = new org.apache.kafka.common.header.internals.RecordHeaders()
                .add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        if (result.getMode() == Mode.SNAPSHOT) {
            metrics.closed(result.getCoverage());
            arrived.ifPresent(millis -> headers.add(RecordHeaders.CLOSED_BY_RECORD_AT, RecordHeaders.millis(millis)));
        }
        byte[] key = Keys.layer(result.getRun(), result.getLayer().getName());
        context.forward(new Record<>(key, result.toByteArray(), context.currentSystemTimeMs(), headers), METRICS_SINK);
    }
}
