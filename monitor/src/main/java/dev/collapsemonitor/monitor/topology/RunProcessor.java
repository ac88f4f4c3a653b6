package dev.collapsemonitor.monitor.topology;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.ingest.RecordReader;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.ResultId;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.header.Header;
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

    private static final String DESCRIPTOR = "descriptor";
    private static final String PROGRESS = "progress";
    private static final String STANDING = "progress-standing"; // restored after all of PROGRESS
    private static final String NOT_FINITE = "not-finite";
    private static final String RESULT = "result";
    static final String SILENCE = "silence";
    static final String DELETED = "deleted"; // of no run that is known

    private final RunDirectory directory;
    private final MonitorMetrics metrics;
    private final RecordReader reader;
    private final Intake intake;
    private final Set<String> owned = new HashSet<>();
    private ProcessorContext<byte[], byte[]> context;
    private CaughtUpClock clock;
    private CommitTurn commits;
    private LayerNotices notices;
    private DeadLetters deadLetters;
    private final PhaseSettings phases;
    private TimestampedKeyValueStore<String, byte[]> store;
    private SilenceLog silences;
    private DeletedRuns deleted;
    private EventLog events;

    RunProcessor(
            RunDirectory directory, MonitorMetrics metrics, IngestLimits limits, Intake intake, PhaseSettings phases) {
        this.phases = phases;
        this.directory = directory;
        this.metrics = metrics;
        this.intake = intake;
        reader = new RecordReader(limits);
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
        owned.stream()
                .map(directory::find)
                .filter(Objects::nonNull) // another task may have needed the room already
                .forEach(silences::restore);
        directory.trim(owned);
        events = new EventLog(context, store, phases);
        owned.stream().map(directory::find).filter(Objects::nonNull).forEach(events::restored);
        clock = new CaughtUpClock(
                intake,
                Set.of(Topic.RUNS, Topic.PROGRESS, Topic.METRICS),
                context.taskId().partition(),
                context.currentSystemTimeMs());
        commits = new CommitTurn(context);
        context.schedule(CaughtUpClock.TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    private void tick(long nowMillis) {
        commits.tick(nowMillis);
        forgetEvicted();
        deleted.expire(nowMillis);
        long elapsed = clock.tick(nowMillis);
        for (String name : owned) {
            Run run = directory.find(name);
            if (run != null) { // else it was evicted a moment ago
                run.waited(elapsed);
                silences.keep(run);
                events.follow(run, nowMillis);
            }
        }
    }

    /** Deletes what is stored of runs that had to make room for others. */
    private void forgetEvicted() {
        for (String run : List.copyOf(owned)) {
            if (directory.takeEvicted(run)) {
                forget(run);
            }
        }
    }

    private void forget(String run) {
        owned.remove(run);
        silences.forget(run);
        List<String> keys = new ArrayList<>();
        // A name holds no control character, so all keys of the run lie between these two.
        try (KeyValueIterator<String, ValueAndTimestamp<byte[]>> entries = store.range(run + "\0", run + "\1")) {
            entries.forEachRemaining(entry -> keys.add(entry.key));
        }
        keys.forEach(store::delete);
    }

    private void restore(KeyValue<String, ValueAndTimestamp<byte[]>> entry) {
        String[] parts = entry.key.split(SEPARATOR, 3);
        byte[] value = entry.value.value();
        long timestamp = entry.value.timestamp();
        try {
            switch (parts[1]) {
                case DESCRIPTOR -> restored(parts[0]).update(RunDescriptor.parseFrom(value), timestamp);
                case PROGRESS -> restored(parts[0]).update(Progress.parseFrom(value), timestamp);
                case STANDING -> restored(parts[0]).resume(Progress.parseFrom(value), timestamp);
                case RESULT, NOT_FINITE -> restored(parts[0]).update(LayerResult.parseFrom(value), timestamp);
                case SILENCE -> silences.found(parts[0], entry.value);
                case DELETED -> deleted.found(parts[0], entry.value);
                case EventLog.KIND -> restored(parts[0]).add(Alert.parseFrom(value));
                default -> throw new IllegalStateException("unknown entry \"" + parts[1] + "\" in the run store");
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the run store holds an unreadable " + parts[1], e);
        }
    }

    private Run restored(String name) {
        owned.add(name);
        return directory.restore(name);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        clock.processed(metadata);
        String topic = metadata.topic();
        if (record.key() != null) {
            String name = new String(RunPartitioner.runOf(record.key()), StandardCharsets.UTF_8);
            boolean described = topic.equals(Topic.RUNS.topicName());
            if (described && record.value() == null) {
                metrics.received(Topic.RUNS, record.value());
                delete(name, record.timestamp());
                return;
            }
            if (!described && deleted.contains(name)) {
                metrics.received(
                        topic.equals(Topic.METRICS.topicName()) ? Topic.METRICS : Topic.PROGRESS, record.value());
                return;
            }
        }
        try {
            Run run = update(topic, record);
            while (directory.find(run.name()) != run) {
                // It had ended, and another task needed its room at this very moment; this record begins it anew.
                run = update(topic, record);
            }
            forgetThinned(run);
            events.follow(run, context.currentSystemTimeMs());
        } catch (InvalidRecordException e) {
            deadLetters.reject(topic, record, e);
        }
    }

    private Run update(String topic, Record<byte[], byte[]> record) {
        if (topic.equals(Topic.RUNS.topicName())) {
            metrics.received(Topic.RUNS, record.value());
            return descriptor(record);
        }
        if (topic.equals(Topic.PROGRESS.topicName())) {
            metrics.received(Topic.PROGRESS, record.value());
            return progress(record);
        }
        metrics.received(Topic.METRICS, record.value());
        return result(record);
    }

    private Run descriptor(Record<byte[], byte[]> record) {
        RunDescriptor descriptor = reader.descriptor(record.key(), record.value(), DeadLetters.schemaVersion(record));
        directory.requireRoomFor(descriptor);
        deleted.remove(descriptor.getRun());
        Run run = open(descriptor.getRun());
        run.update(descriptor, record.timestamp());
        if (descriptor.getAttempt() == run.attempt()) {
            put(key(descriptor.getRun(), DESCRIPTOR), record);
        }
        return run;
    }

    /** Forgets a run, here and in its layers. A tombstone of a run that is not known is what is left of an older deletion. */
    private void delete(String name, long timestamp) {
        List<Layer> toldBefore = deleted.layers(name, timestamp);
        Run run = owned.contains(name) ? directory.find(name) : null;
        if (run == null && toldBefore.isEmpty()) {
            return;
        }
        // Delivered again, it may find a run that is half gone.
        List<Layer> layers = toldBefore.isEmpty() ? run.layers() : toldBefore;
        notices.deleted(name, layers, timestamp);
        forget(name);
        directory.release(List.of(name));
        deleted.add(name, timestamp, layers);
        context.commit(); // somebody waits for it
    }

    private Run progress(Record<byte[], byte[]> record) {
        Progress progress = reader.progress(record.key(), record.value(), DeadLetters.schemaVersion(record));
        Run run = open(progress.getRun());
        run.update(progress, record.timestamp());
        if (progress.getAttempt() < run.attempt()) {
            return run;
        }
        if (Run.isEnd(progress)) {
            notices.ended(run.name(), run.layers(), progress.getAttempt());
        }
        // Where the run stands, not the record: one that came late, or said less, must not hide it after a restart.
        put(key(progress.getRun(), STANDING), record.withValue(run.progress().toByteArray()));
        if (progress.hasLoss()) {
            put(key(progress), record.withValue(Run.historic(progress).toByteArray()));
        }
        return run;
    }

    private Run result(Record<byte[], byte[]> record) {
        LayerResult result = reader.result(record.key(), record.value(), DeadLetters.schemaVersion(record));
        Run run = open(result.getRun());
        run.requireRoomFor(result);
        boolean taken = run.update(result, record.timestamp());
        if (result.getNotFinite() && result.getAttempt() == run.attempt()) {
            // Kept apart: a finite result of the same identity replaces the record, not what it said about the run.
            put(key(result.getRun(), NOT_FINITE), record);
        }
        if (taken) {
            put(key(result), record);
            measure(record);
        }
        return run;
    }

    /** Keeps the run within its bounds, and the store to what the run keeps. */
    private void forgetThinned(Run run) {
        directory.relieve(run);
        run.takeThinned().forEach(gone -> store.delete(key(gone)));
        run.takeThinnedProgress().forEach(gone -> store.delete(key(gone)));
    }

    private static String key(Progress progress) {
        return key(progress.getRun(), PROGRESS, progress.getAttempt(), progress.getStep());
    }

    private void measure(Record<byte[], byte[]> record) {
        Header closed = record.headers().lastHeader(RecordHeaders.CLOSED_BY_RECORD_AT);
        if (closed != null) {
            RecordHeaders.millis(closed.value())
                    .ifPresent(published ->
                            metrics.exported(Duration.ofMillis(context.currentSystemTimeMs() - published)));
        }
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

    private Run open(String name) {
        if (directory.takeEvicted(name)) {
            forget(name);
        }
        Run run = directory.open(name);
        owned.add(name);
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
