package dev.collapsemonitor.monitor.topology;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.run.ResultId;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * Second stage: descriptors, progress and results of the runs of one task into the directory that HTTP serves.
 *
 * <p>The store holds the newest record of each identity as it came, and where the run stands in the form of one. After a
 * restart or a move of the task the same records go through the same updates: there is no second format.
 */
final class RunProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    /** Names hold no control characters, so this separates the parts of a store key; the run comes first. */
    private static final String SEPARATOR = "\0";

    private static final String AFTER_SEPARATOR = "\1";

    private static final String DESCRIPTOR = "descriptor";
    private static final String PROGRESS = "progress";
    private static final String STANDING = "progress-standing"; // restored after all of PROGRESS
    private static final String NOT_FINITE = "not-finite";
    private static final String RESULT = "result";
    static final String SILENCE = "silence";
    static final String DELETED = "deleted"; // of no run that is known

    private final RunDirectory directory;
    private final MonitorMetrics metrics;
    private final Intake intake;
    private final RecordReader reader = new RecordReader(IngestLimits.DEFAULT);
    private final Set<String> owned = new HashSet<>();
    private ProcessorContext<byte[], byte[]> context;
    private CaughtUpClock clock;
    private LayerNotices notices;
    private DeadLetters deadLetters;
    private TimestampedKeyValueStore<String, byte[]> store;
    private SilenceLog silences;
    private DeletedRuns deleted;

    RunProcessor(RunDirectory directory, MonitorMetrics metrics, Intake intake) {
        this.directory = directory;
        this.metrics = metrics;
        this.intake = intake;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> newContext) {
        context = newContext;
        deadLetters = new DeadLetters(context, metrics, DeadLetters.RUNS_SINK);
        notices = new LayerNotices(context);
        store = context.getStateStore(MonitorTopology.RUN_STORE);
        silences = new SilenceLog(store);
        deleted = new DeletedRuns(store);
        try (KeyValueIterator<String, ValueAndTimestamp<byte[]>> entries = store.all()) {
            while (entries.hasNext()) {
                restore(entries.next());
            }
        }
        owned.forEach(run -> silences.restore(directory.find(run)));
        clock = new CaughtUpClock(
                intake,
                Set.of(Topic.RUNS, Topic.PROGRESS, Topic.METRICS),
                context.taskId().partition(),
                context.currentSystemTimeMs());
        context.schedule(CaughtUpClock.TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    private void tick(long nowMillis) {
        deleted.expire(nowMillis);
        long elapsed = clock.tick(nowMillis);
        for (String name : owned) {
            Run run = directory.find(name);
            run.waited(elapsed);
            silences.keep(run);
        }
    }

    private void restore(KeyValue<String, ValueAndTimestamp<byte[]>> entry) {
        String[] parts = entry.key.split(SEPARATOR, 3);
        byte[] value = entry.value.value();
        long timestamp = entry.value.timestamp();
        try {
            switch (parts[1]) {
                case DESCRIPTOR -> directory.open(own(parts[0])).update(RunDescriptor.parseFrom(value), timestamp);
                case PROGRESS -> directory.open(own(parts[0])).update(Progress.parseFrom(value), timestamp);
                case STANDING -> directory.open(own(parts[0])).resume(Progress.parseFrom(value), timestamp);
                case RESULT, NOT_FINITE ->
                    directory.open(own(parts[0])).update(LayerResult.parseFrom(value), timestamp);
                case SILENCE -> silences.found(parts[0], entry.value);
                case DELETED -> deleted.found(parts[0], entry.value);
                default -> throw new IllegalStateException("unknown entry \"" + parts[1] + "\" in the run store");
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the run store holds an unreadable " + parts[1], e);
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        clock.processed(metadata);
        String topic = metadata.topic();
        try {
            if (topic.equals(Topic.RUNS.topicName())) {
                metrics.received(Topic.RUNS, record.value());
                descriptor(record);
            } else if (topic.equals(Topic.PROGRESS.topicName())) {
                metrics.received(Topic.PROGRESS, record.value());
                progress(record);
            } else {
                metrics.received(Topic.METRICS, record.value());
                result(record);
            }
        } catch (InvalidRecordException e) {
            deadLetters.reject(topic, record, e);
        }
    }

    private void descriptor(Record<byte[], byte[]> record) {
        if (record.value() == null && record.key() != null) {
            delete(new String(record.key(), StandardCharsets.UTF_8), record.timestamp());
            return;
        }
        RunDescriptor descriptor = reader.descriptor(record.key(), record.value(), DeadLetters.schemaVersion(record));
        deleted.remove(descriptor.getRun());
        Run run = directory.open(own(descriptor.getRun()));
        run.update(descriptor, record.timestamp());
        if (descriptor.getAttempt() == run.attempt()) {
            put(key(descriptor.getRun(), DESCRIPTOR), record);
        }
    }

    /** Forgets a run, here and in its layers. A tombstone of a run that is not known is what is left of an older deletion. */
    private void delete(String name, long timestamp) {
        List<Layer> toldBefore = deleted.layers(name, timestamp);
        boolean known = owned.remove(name);
        if (!known && toldBefore.isEmpty()) {
            return;
        }
        // Delivered again, it may find a run that is half gone.
        List<Layer> layers = toldBefore.isEmpty() ? directory.find(name).layers() : toldBefore;
        deleted.add(name, timestamp, layers);
        notices.deleted(name, layers, timestamp);
        List<String> keys = new ArrayList<>();
        try (KeyValueIterator<String, ValueAndTimestamp<byte[]>> entries =
                store.range(name + SEPARATOR, name + AFTER_SEPARATOR)) {
            entries.forEachRemaining(entry -> keys.add(entry.key));
        }
        keys.stream().filter(key -> !key.equals(key(name, DELETED))).forEach(store::delete);
        silences.forget(name);
        directory.release(List.of(name));
    }

    private void progress(Record<byte[], byte[]> record) {
        Progress progress = reader.progress(record.key(), record.value(), DeadLetters.schemaVersion(record));
        if (deleted.contains(progress.getRun())) {
            return;
        }
        Run run = directory.open(own(progress.getRun()));
        run.update(progress, record.timestamp());
        if (progress.getAttempt() == run.attempt()) {
            // Where the run stands, not the record: one that came late, or said less, must not hide it after a restart.
            put(
                    key(progress.getRun(), STANDING),
                    record.withValue(run.progress().toByteArray()));
        }
        if (Run.isEnd(progress)) {
            notices.ended(run.name(), run.layers(), progress.getAttempt());
        }
        if (progress.hasLoss()) {
            put(key(progress.getRun(), PROGRESS, progress.getAttempt(), progress.getStep()), record);
        }
    }

    private void result(Record<byte[], byte[]> record) {
        LayerResult result = reader.result(record.key(), record.value(), DeadLetters.schemaVersion(record));
        if (deleted.contains(result.getRun())) {
            return;
        }
        if (result.getNotFinite()) {
            // Kept apart: a finite result of the same identity replaces the record, not what it said about the run.
            put(key(result.getRun(), NOT_FINITE, result.getAttempt()), record);
        }
        Run run = directory.open(own(result.getRun()));
        if (run.update(result, record.timestamp())) {
            put(key(result), record);
        }
        run.takeThinned().forEach(gone -> store.delete(key(gone)));
    }

    private static String key(LayerResult result) {
        ResultId id = ResultId.of(result);
        return key(
                result.getRun(),
                RESULT,
                id.attempt(),
                id.step(),
                id.mode(),
                id.split(),
                result.getLayer().getName());
    }

    private String own(String run) {
        owned.add(run);
        return run;
    }

    private void put(String key, Record<byte[], byte[]> record) {
        store.put(key, ValueAndTimestamp.make(record.value(), record.timestamp()));
    }

    static String key(String run, String kind, Object... rest) {
        StringBuilder key = new StringBuilder(run).append(SEPARATOR).append(kind);
        for (Object part : rest) {
            // Numbers are padded, so that the store's order is the order of the steps.
            key.append(SEPARATOR)
                    .append(
                            part instanceof Number number
                                    ? String.format(Locale.ROOT, "%019d", number.longValue())
                                    : part);
        }
        return key.toString();
    }

    @Override
    public void close() {
        // The task moves or ends: whoever owns it next exports its runs.
        directory.release(owned);
    }
}
