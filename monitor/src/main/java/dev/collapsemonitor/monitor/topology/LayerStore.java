package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.layer.LayerStage;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.Task.TaskType;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the layer state of one task: as the live {@link LayerStage} while the task is active, as the records of its
 * changelog before that and on standby, never as both.
 *
 * <p>This is the one class that uses internals of Kafka Streams, because its public interface has no place for what is
 * needed here: state must be in the changelog before the offsets of what it merged are committed, but the only public hook
 * of a commit, {@link StateStore#commit}, comes after them (4.3.1). So the store poses as one with a cache: Streams calls
 * {@link #flushCache} first in every commit, then waits until the broker has acknowledged everything that was sent, then
 * commits the offsets. RATIONALE.md has what was measured; tests kill a process in between.
 */
final class LayerStore implements StateStore, CachedStateStore<byte[], byte[]> {
    static final String NAME = "layer-state";

    private static final Logger log = LoggerFactory.getLogger(LayerStore.class);

    private final MonitorMetrics metrics;
    private final Map<ByteBuffer, byte[]> records = new HashMap<>();
    private InternalProcessorContext<?, ?> context;
    private LayerStage stage; // null while records are restored
    private boolean open;
    private boolean assignedActive;
    private long assignedNanos;

    LayerStore(MonitorMetrics metrics) {
        this.metrics = metrics;
    }

    /** Makes one store per task, with a changelog. */
    static StoreBuilder<LayerStore> builder(MonitorMetrics metrics) {
        return new LayerStoreBuilder(() -> new LayerStore(metrics));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void init(StateStoreContext newContext, StateStore root) {
        context = (InternalProcessorContext<?, ?>) newContext;
        assignedActive = context.taskType() == TaskType.ACTIVE;
        assignedNanos = System.nanoTime();
        context.register(root, this::restore);
        open = true;
    }

    /** Takes a record of the changelog. */
    void restore(byte[] key, byte[] value) {
        if (value == null) {
            records.remove(ByteBuffer.wrap(key));
        } else {
            records.put(ByteBuffer.wrap(key), value);
        }
    }

    /**
     * The stage of the task, made of the restored records unless there is one: a task that was suspended goes on with its
     * own.
     *
     * @throws UserException when a newer build wrote the state
     */
    LayerStage activate(Supplier<LayerStage> factory, long nowMillis) {
        if (stage != null) {
            return stage;
        }
        long startNanos = assignedActive ? assignedNanos : System.nanoTime();
        LayerStage restoring = factory.get();
        try {
            Restored restored = restoring.restore(records, nowMillis);
            if (restored.torn() > 0) {
                log.error(
                        "{} of {} pieces of layer state of task {} are torn: two monitors wrote them at a time; their"
                                + " snapshots will be partial",
                        restored.torn(),
                        restored.torn() + restored.entries(),
                        context.taskId());
            }
            metrics.restored(Duration.ofNanos(System.nanoTime() - startNanos), restored.torn());
        } catch (IOException e) {
            restoring.close();
            throw new UserException(
                    "cannot read the state in " + context.changelogFor(NAME) + ": " + e.getMessage(), e);
        }
        records.clear();
        stage = restoring;
        metrics.watch(stage);
        return stage;
    }

    /** First in a commit: logs what changed. Nothing on standby. */
    @Override
    public void flushCache() {
        if (stage == null) {
            return;
        }
        long start = System.nanoTime();
        long nowMillis = context.currentSystemTimeMs();
        long[] bytes = new long[1];
        stage.flush((key, value) -> {
            bytes[0] += key.length + (value == null ? 0 : value.length);
            context.logChange(NAME, Bytes.wrap(key), value, nowMillis, new RecordHeaders(), Position.emptyPosition());
        });
        metrics.flushed(bytes[0], Duration.ofNanos(System.nanoTime() - start));
    }

    /** The task goes on as a standby, after a commit: what the next records change are those of the changelog. */
    @Override
    public void clearCache() {
        assignedActive = false;
        if (stage != null) {
            stage.copy(this::restore);
            closeStage();
        }
    }

    @Override
    public boolean setFlushListener(CacheFlushListener<byte[], byte[]> listener, boolean sendOldValues) {
        return false; // nobody is downstream of this store
    }

    /** Closes without writing: what a clean end leaves behind was flushed by the commit before. */
    @Override
    public void close() {
        open = false;
        if (stage != null) {
            closeStage();
        }
        records.clear();
    }

    private void closeStage() {
        metrics.forget(stage);
        stage.close();
        stage = null;
    }

    /** No files: a crash loses nothing that the changelog has, and a restore reads it at hundreds of MB/s. */
    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return open;
    }
}
