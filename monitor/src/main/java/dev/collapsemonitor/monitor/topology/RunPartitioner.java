package dev.collapsemonitor.monitor.topology;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** Partitions run/layer keys as the producer's default does the run alone, so that all records of a run meet. */
final class RunPartitioner implements StreamPartitioner<byte[], byte[]> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, byte[] key, byte[] value, int partitions) {
        return key == null
                ? Optional.empty() // a rejected record of nobody
                : Optional.of(Set.of(Utils.toPositive(Utils.murmur2(runOf(key))) % partitions));
    }

    /** The part of a key that names the run. */
    static byte[] runOf(byte[] key) {
        int slash = 0;
        while (slash < key.length && key[slash] != '/') {
            slash++;
        }
        return Arrays.copyOf(key, slash);
    }
}
