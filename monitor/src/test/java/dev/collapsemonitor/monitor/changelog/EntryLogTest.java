package dev.collapsemonitor.monitor.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.changelog.EntryLog.Restored;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntryLogTest {
    private static final int CHUNK = 8;
    private static final KeyFormat<String> KEYS = new KeyFormat<>() {
        @Override
        public byte[] encode(String key) {
            return key.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private final CompactedLog disk = new CompactedLog();
    private EntryLog<String> log = new EntryLog<>(KEYS, 1000, CHUNK);
    private Restored restored;

    @Test
    void valuesOfEverySizeComeBackInTheOrderInWhichTheyWereFirstPut() {
        Map<String, String> values = new LinkedHashMap<>();
        for (int size = 0; size <= 3 * CHUNK + 1; size++) {
            values.put("key " + (100 - size), text(size, size));
        }
        values.forEach(this::put);
        put("key 100", "again"); // stays first

        values.put("key 100", "again");
        assertThat(contents(disk)).containsExactlyEntriesOf(values);
        assertThat(restored).isEqualTo(new Restored(values.size(), 0));
    }

    @Test
    void recordsStaySmallAndAValueOfOneChunkIsOneRecord() {
        put("a", text(CHUNK, 1));
        assertThat(disk.size()).isEqualTo(1);
        put("b", text(10 * CHUNK, 2));
        assertThat(disk.size()).isEqualTo(1 + 10 + 1);
        assertThat(disk.records().subList(1, 11))
                .allSatisfy(record -> assertThat(record.value()).hasSize(CHUNK));
    }

    @Test
    void onlyChunksThatChangedAreWrittenAndThoseTheyReplaceAreRemoved() {
        byte[] value = text(5 * CHUNK, 1).getBytes(StandardCharsets.UTF_8);
        put("a", value);
        int before = disk.size();
        put("a", value);
        assertThat(disk.size()).as("nothing changed").isEqualTo(before);

        value[2 * CHUNK] ^= 1;
        put("a", value);
        List<CompactedLog.Appended> written = disk.records().subList(before, disk.size());
        assertThat(written).hasSize(3); // the chunk, the header, the removal of the chunk before
        assertThat(written.get(0).value()).isEqualTo(Arrays.copyOfRange(value, 2 * CHUNK, 3 * CHUNK));
        assertThat(written.get(2).value()).isNull();
        assertThat(disk.compacted(1)).hasSize(6);
    }

    @Test
    void aValueThatShrinksOrIsRemovedLeavesNothingBehind() {
        put("a", text(5 * CHUNK, 1));
        put("b", "b");
        put("a", text(2 * CHUNK, 2));
        assertThat(disk.compacted(1)).hasSize(3 + 1);
        put("a", text(1, 3));
        assertThat(disk.compacted(1)).hasSize(1 + 1);
        log.remove("a", disk);
        log.remove("never there", disk);
        assertThat(disk.compacted(1)).hasSize(1);
        assertThat(contents(disk)).containsExactly(Map.entry("b", "b"));
    }

    @Test
    void whereverTheLogIsCutEveryEntryIsTheOldOrTheNewOneAndNeverLost() {
        Random random = new Random(5);
        String[] keys = {"a", "b", "c"};
        Map<String, String> now = new LinkedHashMap<>();
        for (int round = 0; round < 60; round++) {
            String key = keys[random.nextInt(keys.length)];
            String old = now.get(key);
            int from = disk.size();
            if (random.nextInt(5) == 0) {
                log.remove(key, disk);
                now.remove(key);
            } else {
                now.put(key, changed(old, random));
                put(key, now.get(key));
            }
            for (int cut = from; cut <= disk.size(); cut++) {
                Map<String, String> found = contents(disk.cutAfter(cut));
                assertThat(restored.torn()).isZero();
                assertThat(found.get(key)).as("round %s, cut at %s", round, cut).isIn(old, now.get(key));
                found.remove(key);
                Map<String, String> others = new LinkedHashMap<>(now);
                others.remove(key);
                assertThat(found).containsExactlyInAnyOrderEntriesOf(others);
            }
            assertThat(contents(disk)).containsExactlyInAnyOrderEntriesOf(now);
            if (random.nextInt(4) == 0) {
                // The process is killed somewhere in the last write, and another goes on from there.
                restart(disk.cutAfter(from + random.nextInt(disk.size() - from + 1)), now);
            }
        }
    }

    /** Goes on with what a cut log holds; afterwards nothing is in it that no entry needs. */
    private void restart(CompactedLog cut, Map<String, String> now) {
        while (disk.size() > cut.size()) {
            disk.dropLast();
        }
        now.clear();
        now.putAll(contents(disk));
        log = new EntryLog<>(KEYS, 1000, CHUNK);
        restore(log, disk, 1000);
        log.removeLeftovers(disk);
        int needed = 0;
        for (String value : now.values()) {
            needed += value.length() <= CHUNK ? 1 : 1 + (value.length() + CHUNK - 1) / CHUNK;
        }
        assertThat(disk.compacted(1)).hasSize(needed);
    }

    @Test
    void ofTwoWritersThatOverlapTheLaterHoldsWhateverTheOrderOfTheirRecords() {
        put("a", text(3 * CHUNK, 1));
        EntryLog<String> late = new EntryLog<>(KEYS, 0, CHUNK);
        restore(late, disk, 0); // its clock is behind
        CompactedLog ofLate = new CompactedLog();
        CompactedLog ofEarly = new CompactedLog();
        String expected = text(4 * CHUNK, 3);
        late.put("a", out -> out.writeBytes(expected), ofLate);
        log.put("a", out -> out.writeBytes(text(4 * CHUNK, 2)), ofEarly);

        for (int cut = 0; cut <= ofEarly.size(); cut++) {
            CompactedLog mixed = disk.cutAfter(disk.size());
            ofLate.records().forEach(r -> mixed.append(r.key(), r.value()));
            ofEarly.cutAfter(cut).records().forEach(r -> mixed.append(r.key(), r.value()));
            assertThat(contents(mixed)).as("cut %s", cut).containsExactly(Map.entry("a", expected));
        }
    }

    @Test
    void anEntryThatLostAChunkIsCountedAndTheOthersAreThere() {
        put("a", text(3 * CHUNK, 1));
        put("b", text(3 * CHUNK, 2));
        Map<ByteBuffer, byte[]> records = disk.compacted(1);
        records.remove(ByteBuffer.wrap(disk.records().get(1).key()));
        Map<String, String> found = new LinkedHashMap<>();
        restored = restore(new EntryLog<>(KEYS, 1, CHUNK), records, found);
        assertThat(found).containsOnlyKeys("b");
        assertThat(restored).isEqualTo(new Restored(1, 1));
    }

    @Test
    void aCopyIsWhatARestoreOfTheLogBrings() {
        Map<String, String> values = Map.of("a", text(3 * CHUNK, 1), "b", "b", "c", text(2 * CHUNK + 1, 4));
        values.forEach(this::put);
        put("a", text(4 * CHUNK, 5));
        CompactedLog copy = new CompactedLog();
        log.copy("a", out -> out.writeBytes(text(4 * CHUNK, 5)), copy);
        log.copy("b", out -> out.writeBytes("b"), copy);
        log.copy("c", out -> out.writeBytes(values.get("c")), copy);

        assertThat(copy.compacted(1).keySet()).isEqualTo(disk.compacted(2).keySet());
        copy.compacted(1)
                .forEach((key, value) ->
                        assertThat(value).isEqualTo(disk.compacted(2).get(key)));
    }

    @Test
    void aNewerVersionIsRefusedWithItsRemedy() {
        put("a", "a");
        Map<ByteBuffer, byte[]> records = disk.compacted(1);
        records.values().forEach(value -> value[0] = 2);
        assertThatThrownBy(() -> new EntryLog<>(KEYS, 1, CHUNK).restore(records, 1, (key, value) -> {}))
                .isInstanceOf(UnknownVersionException.class)
                .hasMessage("an entry of the changelog is of version 2, but this build reads up to version 1; start the"
                        + " build that wrote it, or a newer one");
    }

    private void put(String key, String value) {
        put(key, value.getBytes(StandardCharsets.UTF_8));
    }

    private void put(String key, byte[] value) {
        log.put(key, out -> out.write(value), disk);
    }

    private Map<String, String> contents(CompactedLog from) {
        Map<String, String> found = new LinkedHashMap<>();
        restored = restore(new EntryLog<>(KEYS, 2000, CHUNK), from.compacted(from.size()), found);
        return found;
    }

    private static void restore(EntryLog<String> into, CompactedLog from, long nowMillis) {
        try {
            into.restore(from.compacted(3), nowMillis, (key, value) -> {});
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Restored restore(EntryLog<String> into, Map<ByteBuffer, byte[]> records, Map<String, String> found) {
        try {
            return into.restore(records, 2000, (key, value) -> {
                StringBuilder text = new StringBuilder();
                while (true) {
                    try {
                        text.append((char) value.readByte());
                    } catch (EOFException end) {
                        break;
                    }
                }
                found.put(key, text.toString());
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String changed(String old, Random random) {
        if (old == null || old.isEmpty() || random.nextInt(3) == 0) {
            return text(random.nextInt(6 * CHUNK), random.nextInt());
        }
        char[] value = old.toCharArray();
        value[random.nextInt(value.length)]++;
        return new String(value);
    }

    private static String text(int length, int seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(20)));
        }
        return text.toString();
    }
}
