package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunStatus;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * Keeps how long runs have been silent, so that a restart neither calls a silent run alive again nor lets it wait for ever.
 *
 * <p>Runs that are heard every few seconds leave nothing here. An entry of a silent one is replaced when the silence has
 * grown by a quarter, and when the run becomes SILENT. Its timestamp is that of the run's newest record: with a newer one it
 * says nothing.
 */
final class SilenceLog {
    private static final long SHORTEST_MILLIS = 5_000;

    private final TimestampedKeyValueStore<String, byte[]> store;
    private final Map<String, Long> kept = new HashMap<>();
    private final Map<String, ValueAndTimestamp<byte[]>> found = new HashMap<>();

    SilenceLog(TimestampedKeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /** Takes an entry that was found in the store. */
    void found(String run, ValueAndTimestamp<byte[]> entry) {
        found.put(run, entry);
    }

    /** Tells a run of which all else is restored how long it has been silent. */
    void restore(Run run) {
        ValueAndTimestamp<byte[]> entry = found.remove(run.name());
        boolean heardSince = entry == null || entry.timestamp() != run.lastRecordMillis();
        long silence = heardSince ? 0 : ByteBuffer.wrap(entry.value()).getLong();
        kept.put(run.name(), silence);
        run.restored(silence);
    }

    /** Keeps the silence of a run, when it is time to. */
    void keep(Run run) {
        long silence = run.silenceMillis();
        long before = kept.getOrDefault(run.name(), 0L);
        if (silence < before) {
            kept.remove(run.name());
            store.delete(key(run));
        } else if (silence > before + before / 4 + SHORTEST_MILLIS || hasBecomeSilent(run, before)) {
            kept.put(run.name(), silence);
            byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(silence).array();
            store.put(key(run), ValueAndTimestamp.make(value, run.lastRecordMillis()));
        }
    }

    /** The run is known no more; its entry is removed with all others. */
    void forget(String run) {
        kept.remove(run);
    }

    private static boolean hasBecomeSilent(Run run, long before) {
        return before <= run.descriptor().getHeartbeatIntervalMs() && run.status() == RunStatus.SILENT;
    }

    private static String key(Run run) {
        return RunProcessor.key(run.name(), RunProcessor.SILENCE);
    }
}
