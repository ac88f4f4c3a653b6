package dev.collapsemonitor.monitor.topology;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** What is being read back from the changelogs, for those who wait for it. */
final class RestoreProgress implements StateRestoreListener {
    private final Map<TopicPartition, Remaining> restoring = new ConcurrentHashMap<>();

    private record Remaining(String store, long endOffset, long offset) {
        long records() {
            return Math.max(0, endOffset - offset);
        }
    }

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long startingOffset, long endingOffset) {
        restoring.put(partition, new Remaining(store, endingOffset, startingOffset));
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long batchEndOffset, long restored) {
        restoring.computeIfPresent(
                partition, (key, before) -> new Remaining(store, before.endOffset, batchEndOffset + 1));
    }

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long totalRestored) {
        restoring.remove(partition);
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long totalRestored) {
        restoring.remove(partition); // the task went to another instance
    }

    /**
     * As {@code restoring layer-state of partitions 0, 3 (1234 records to go)}; empty when nothing is restored. Records that
     * compaction has removed are counted: offsets are all that is known in advance.
     */
    String describe() {
        Map<String, Set<Integer>> partitions = new TreeMap<>();
        Map<String, Long> records = new TreeMap<>();
        restoring.forEach((partition, remaining) -> {
            partitions
                    .computeIfAbsent(remaining.store(), store -> new TreeSet<>())
                    .add(partition.partition());
            records.merge(remaining.store(), remaining.records(), Long::sum);
        });
        return partitions.entrySet().stream()
                .map(store -> "restoring " + store.getKey() + " of partitions "
                        + store.getValue().stream().map(String::valueOf).collect(Collectors.joining(", ")) + " ("
                        + records.get(store.getKey()) + " records to go)")
                .collect(Collectors.joining("; "));
    }
}
