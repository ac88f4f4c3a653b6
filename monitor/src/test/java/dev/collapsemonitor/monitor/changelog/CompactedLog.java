package dev.collapsemonitor.monitor.changelog;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A log in memory, which can be read up to any of its records. */
public final class CompactedLog implements ChangeSink {
    private final List<Appended> records = new ArrayList<>();

    /** One record; a null value removes the key. */
    public record Appended(byte[] key, byte[] value) {}

    @Override
    public void append(byte[] key, byte[] value) {
        records.add(new Appended(key, value));
    }

    public int size() {
        return records.size();
    }

    public List<Appended> records() {
        return Collections.unmodifiableList(records);
    }

    /** Takes the last record back. */
    public void dropLast() {
        records.remove(records.size() - 1);
    }

    /** A log that ended after that many records. */
    public CompactedLog cutAfter(int count) {
        CompactedLog cut = new CompactedLog();
        cut.records.addAll(records.subList(0, count));
        return cut;
    }

    /** The last value of every key, in an order that depends on the seed: a compacted log keeps none across keys. */
    public Map<ByteBuffer, byte[]> compacted(long seed) {
        Map<ByteBuffer, byte[]> last = new HashMap<>();
        for (Appended record : records) {
            if (record.value() == null) {
                last.remove(ByteBuffer.wrap(record.key()));
            } else {
                last.put(ByteBuffer.wrap(record.key()), record.value());
            }
        }
        List<Map.Entry<ByteBuffer, byte[]>> shuffled = new ArrayList<>(last.entrySet());
        Collections.shuffle(shuffled, new Random(seed));
        Map<ByteBuffer, byte[]> ordered = new LinkedHashMap<>();
        shuffled.forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    /** Bytes of the values from a record on. */
    public long bytesFrom(int first) {
        return records.subList(first, records.size()).stream()
                .mapToLong(record -> record.value() == null ? 0 : record.value().length)
                .sum();
    }
}
