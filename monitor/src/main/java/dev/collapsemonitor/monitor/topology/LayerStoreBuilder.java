package dev.collapsemonitor.monitor.topology;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.state.StoreBuilder;

/** Makes the {@link LayerStore} of each task and says how its changelog is kept. */
final class LayerStoreBuilder implements StoreBuilder<LayerStore> {
    private final Supplier<LayerStore> factory;
    private final Map<String, String> logConfig = new HashMap<>();

    LayerStoreBuilder(Supplier<LayerStore> factory) {
        this.factory = factory;
        logConfig.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        logConfig.put(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MonitorTopology.MAX_CHANGELOG_RECORD_BYTES));
        // Nearly all of the log is replaced within seconds, and a restore reads what is not compacted yet: so segments
        // are
        // small, and cleaned as soon as a fifth is dead.
        logConfig.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(32 << 20));
        logConfig.put(TopicConfig.SEGMENT_MS_CONFIG, Integer.toString(10 * 60_000));
        logConfig.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.2");
        // Long enough for every restore that began before an entry was removed.
        logConfig.put(TopicConfig.DELETE_RETENTION_MS_CONFIG, Integer.toString(60 * 60_000));
    }

    @Override
    public LayerStore build() {
        return factory.get();
    }

    @Override
    public String name() {
        return LayerStore.NAME;
    }

    @Override
    public boolean loggingEnabled() {
        return true;
    }

    @Override
    public Map<String, String> logConfig() {
        return logConfig;
    }

    @Override
    public StoreBuilder<LayerStore> withLoggingEnabled(Map<String, String> config) {
        logConfig.putAll(config);
        return this;
    }

    /** Without its changelog the store would keep nothing. */
    @Override
    public StoreBuilder<LayerStore> withLoggingDisabled() {
        throw new UnsupportedOperationException("layer state is kept in its changelog only");
    }

    /** The live state is all the cache there is. */
    @Override
    public StoreBuilder<LayerStore> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<LayerStore> withCachingDisabled() {
        return this;
    }
}
