package dev.collapsemonitor.monitor.topology;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * Runs of one task that were deleted a short while ago. What is still on its way of them must not bring them back: they are
 * known again when they are described again.
 */
final class DeletedRuns {
    /** Features are kept by the broker for an hour: no result of older ones is to come. */
    private static final Duration REMEMBERED = Duration.ofHours(1);

    private final TimestampedKeyValueStore<String, byte[]> store;
    private final Map<String, Deletion> deletions = new HashMap<>();

    private record Deletion(long millis, List<Layer> layers) {}

    DeletedRuns(TimestampedKeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /** Takes an entry that was found in the store. */
    void found(String run, ValueAndTimestamp<byte[]> entry) throws InvalidProtocolBufferException {
        deletions.put(
                run,
                new Deletion(
                        entry.timestamp(),
                        RunDescriptor.parseFrom(entry.value()).getLayersList()));
    }

    /** Takes note of a deletion, and of the layers that must hear of it. */
    void add(String run, long millis, List<Layer> layers) {
        deletions.put(run, new Deletion(millis, layers));
        byte[] value = RunDescriptor.newBuilder()
                .setRun(run)
                .addAllLayers(layers)
                .build()
                .toByteArray();
        store.put(key(run), ValueAndTimestamp.make(value, millis));
    }

    /** Layers of a run of which this very deletion was seen before; empty when it was not. */
    List<Layer> layers(String run, long millis) {
        Deletion deletion = deletions.get(run);
        return deletion == null || deletion.millis != millis ? List.of() : deletion.layers;
    }

    boolean contains(String run) {
        return deletions.containsKey(run);
    }

    /** The run is described again. */
    void remove(String run) {
        if (deletions.remove(run) != null) {
            store.delete(key(run));
        }
    }

    /** Forgets deletions of which nothing can be on its way any more. */
    void expire(long nowMillis) {
        List<String> old = deletions.entrySet().stream()
                .filter(entry -> nowMillis - entry.getValue().millis > REMEMBERED.toMillis())
                .map(Map.Entry::getKey)
                .toList();
        old.forEach(this::remove);
    }

    private static String key(String run) {
        return RunProcessor.key(run, RunProcessor.DELETED);
    }
}
