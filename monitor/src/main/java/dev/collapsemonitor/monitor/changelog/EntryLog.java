package dev.collapsemonitor.monitor.changelog;

import java.io.DataInput;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Entries of any size in a compacted log whose records stay small.
 *
 * <p>The log can end after any record: a process killed while it writes leaves the first half of a value behind, and under
 * at-least-once processing nothing takes that back. So nothing that counts is ever overwritten by half:
 *
 * <ul>
 *   <li>A value of one chunk lies in its header, one record: old or new, never both.
 *   <li>Of a larger one, the chunks that changed are written first, under keys never used before. Then comes the header that
 *       lists all chunks: with that one record the value turns from old to new. Only then the chunks that it no longer
 *       lists are removed.
 *   <li>An entry is removed header first.
 * </ul>
 *
 * What a cut leaves behind is listed by no header; it is found at the restore and removed with the next write.
 *
 * <p>Two writers may overlap for a moment: a process that was suspended for too long goes on writing after another took
 * over, until the broker tells it. Every writer has an epoch, later than all that it restored, and puts it into its keys,
 * the headers' too. So neither overwrites the other's records, and of two headers of one entry the later epoch holds. What
 * the earlier writer can still do is bring back an entry that the later one removed, or remove a chunk that the later one
 * kept (then the entry is {@linkplain Restored#torn() torn} and lost); transactions exclude both.
 *
 * <pre>
 * key:    short length, key of the entry, 'H', long epoch              header
 *         short length, key of the entry, 'C', long epoch, int number  chunk
 * header: byte version 1, long order, int chunks; none: the value; else each: long epoch, int number, int length,
 *         long checksum
 * </pre>
 *
 * <p>Not safe for use by several threads.
 *
 * @param <K> key of an entry, with equality
 */
public final class EntryLog<K> {
    /** Values up to this size are one record; half of what brokers take by default. */
    public static final int CHUNK_BYTES = 512 << 10;

    private static final int VERSION = 1;
    private static final byte HEADER = 'H';
    private static final byte CHUNK = 'C';

    private final KeyFormat<K> keys;
    private final int chunkBytes;
    private final Map<K, Header> headers = new HashMap<>();
    private final List<byte[]> leftovers = new ArrayList<>();
    private long epoch;
    private int sequence;
    private long order;

    /** What the log holds of an entry. */
    private record Header(long epoch, long order, List<Chunk> chunks, long inlineChecksum, int inlineLength) {
        boolean sameValue(Header other) {
            return chunks.equals(other.chunks)
                    && inlineChecksum == other.inlineChecksum
                    && inlineLength == other.inlineLength;
        }
    }

    /** Takes the entries that were restored, in the order in which they were first put. */
    @FunctionalInterface
    public interface Reader<K> {
        /** @throws IOException when the value is not one that this build can read */
        void read(K key, DataInput value) throws IOException;
    }

    /**
     * Result of a restore.
     *
     * @param entries that were read
     * @param torn entries that were lost, for a chunk of theirs is missing or other than its header says
     */
    public record Restored(int entries, int torn) {}

    /**
     * An empty log; {@link #restore} makes it that of others.
     *
     * @param nowMillis this machine's clock, for the epoch
     * @param chunkBytes largest value of a record; {@link #CHUNK_BYTES} unless there is a reason
     */
    public EntryLog(KeyFormat<K> keys, long nowMillis, int chunkBytes) {
        this.keys = keys;
        this.chunkBytes = chunkBytes;
        epoch = nowMillis;
    }

    /** Entries that the log holds. */
    public int size() {
        return headers.size();
    }

    /** Writes the value of an entry; nothing when it is what the log holds already. */
    public void put(K key, Content content, ChangeSink sink) {
        byte[] entry = keys.encode(key);
        Header before = headers.get(key);
        List<Chunk> old = before == null ? List.of() : before.chunks();
        List<Chunk> chunks = new ArrayList<>();
        byte[] rest =
                Chunker.cut(content, chunkBytes, piece -> chunks.add(chunk(entry, old, chunks.size(), piece, sink)));
        boolean inline = chunks.isEmpty();
        if (!inline) {
            chunks.add(chunk(entry, old, chunks.size(), rest, sink));
        }
        Header header = new Header(
                epoch,
                before == null ? order++ : before.order(),
                List.copyOf(chunks),
                inline ? Chunk.checksumOf(rest) : 0,
                inline ? rest.length : 0);
        if (before != null && before.sameValue(header)) {
            return;
        }
        sink.append(headerKey(entry, epoch), headerValue(header, inline ? rest : new byte[0]));
        headers.put(key, header);
        if (before != null && before.epoch() != epoch) {
            sink.append(headerKey(entry, before.epoch()), null);
        }
        removeChunks(entry, old, chunks, sink);
    }

    /** Removes an entry; one that the log does not hold is no error. */
    public void remove(K key, ChangeSink sink) {
        Header header = headers.remove(key);
        if (header != null) {
            byte[] entry = keys.encode(key);
            sink.append(headerKey(entry, header.epoch()), null);
            removeChunks(entry, header.chunks(), List.of(), sink);
        }
    }

    /** Removes what a cut left behind in the log that was restored. */
    public void removeLeftovers(ChangeSink sink) {
        leftovers.forEach(key -> sink.append(key, null));
        leftovers.clear();
    }

    /**
     * The records of an entry as the log holds them: what a restore of it would bring.
     *
     * @param content what was put last
     */
    public void copy(K key, Content content, ChangeSink sink) {
        Header header = headers.get(key);
        if (header == null) {
            return;
        }
        byte[] entry = keys.encode(key);
        List<byte[]> pieces = new ArrayList<>();
        byte[] rest = Chunker.cut(content, chunkBytes, pieces::add);
        for (int i = 0; i < header.chunks().size(); i++) {
            ChunkId id = header.chunks().get(i).id();
            sink.append(chunkKey(entry, id), i < pieces.size() ? pieces.get(i) : rest);
        }
        sink.append(headerKey(entry, header.epoch()), headerValue(header, rest));
    }

    /**
     * Takes over a log. Any order of its records is right, as long as of each key the last one is given.
     *
     * @param records the last value of every key; emptied, so that memory is given back on the way
     * @param nowMillis this machine's clock, for the epoch
     * @throws IOException when a record is of a newer version
     */
    public Restored restore(Map<ByteBuffer, byte[]> records, long nowMillis, Reader<K> reader) throws IOException {
        Map<ByteBuffer, List<Candidate>> candidates = new LinkedHashMap<>();
        long latest = 0;
        for (Map.Entry<ByteBuffer, byte[]> record : records.entrySet()) {
            ByteBuffer key = record.getKey().duplicate();
            byte[] entry = new byte[key.getShort()];
            key.get(entry);
            byte kind = key.get();
            long writer = key.getLong();
            latest = Math.max(latest, writer);
            if (kind == HEADER) {
                candidates
                        .computeIfAbsent(ByteBuffer.wrap(entry), e -> new ArrayList<>())
                        .add(new Candidate(entry, parse(writer, record.getValue()), record.getValue()));
            }
        }
        epoch = Math.max(latest + 1, nowMillis);
        sequence = 0;
        Set<ByteBuffer> listed = new HashSet<>();
        List<Candidate> whole = new ArrayList<>();
        int torn = 0;
        for (List<Candidate> headersOfEntry : candidates.values()) {
            headersOfEntry.sort(
                    Comparator.comparingLong((Candidate c) -> c.header().epoch())
                            .reversed());
            Candidate chosen = headersOfEntry.stream()
                    .filter(candidate -> candidate.isWhole(records))
                    .findFirst()
                    .orElse(null);
            if (chosen == null) {
                torn++;
            } else {
                whole.add(chosen);
                listed.addAll(chosen.keys());
            }
        }
        leftovers.clear();
        records.keySet().stream().filter(key -> !listed.contains(key)).forEach(key -> leftovers.add(key.array()));
        records.keySet().retainAll(listed);
        whole.sort(Comparator.comparingLong(candidate -> candidate.header().order()));
        for (Candidate candidate : whole) {
            K key = keys.decode(candidate.entry());
            order = Math.max(order, candidate.header().order() + 1);
            headers.put(key, candidate.header());
            try (DataInputStream value = new DataInputStream(candidate.value(records))) {
                reader.read(key, value);
            }
        }
        return new Restored(whole.size(), torn);
    }

    /** A header found in a log that is restored. */
    private record Candidate(byte[] entry, Header header, byte[] record) {
        boolean isWhole(Map<ByteBuffer, byte[]> records) {
            return header.chunks().stream()
                    .allMatch(chunk -> chunk.holds(records.get(ByteBuffer.wrap(chunkKey(entry, chunk.id())))));
        }

        List<ByteBuffer> keys() {
            List<ByteBuffer> keys = new ArrayList<>();
            keys.add(ByteBuffer.wrap(headerKey(entry, header.epoch())));
            header.chunks().forEach(chunk -> keys.add(ByteBuffer.wrap(chunkKey(entry, chunk.id()))));
            return keys;
        }

        /** Takes the value out of the records. */
        InputStream value(Map<ByteBuffer, byte[]> records) {
            records.remove(ByteBuffer.wrap(headerKey(entry, header.epoch())));
            if (header.chunks().isEmpty()) {
                return new Pieces(
                        List.of(Arrays.copyOfRange(record, record.length - header.inlineLength(), record.length)));
            }
            return new Pieces(header.chunks().stream()
                    .map(chunk -> records.remove(ByteBuffer.wrap(chunkKey(entry, chunk.id()))))
                    .toList());
        }
    }

    private Chunk chunk(byte[] entry, List<Chunk> old, int index, byte[] piece, ChangeSink sink) {
        long checksum = Chunk.checksumOf(piece);
        if (index < old.size()
                && old.get(index).length() == piece.length
                && old.get(index).checksum() == checksum) {
            return old.get(index);
        }
        ChunkId id = new ChunkId(epoch, sequence++);
        sink.append(chunkKey(entry, id), piece);
        return new Chunk(id, piece.length, checksum);
    }

    private static void removeChunks(byte[] entry, List<Chunk> old, List<Chunk> kept, ChangeSink sink) {
        for (Chunk chunk : old) {
            if (!kept.contains(chunk)) {
                sink.append(chunkKey(entry, chunk.id()), null);
            }
        }
    }

    private static byte[] headerKey(byte[] entry, long epoch) {
        return key(entry, HEADER, Long.BYTES).putLong(epoch).array();
    }

    private static byte[] chunkKey(byte[] entry, ChunkId id) {
        return key(entry, CHUNK, Long.BYTES + Integer.BYTES)
                .putLong(id.epoch())
                .putInt(id.sequence())
                .array();
    }

    private static ByteBuffer key(byte[] entry, byte kind, int more) {
        return ByteBuffer.allocate(Short.BYTES + entry.length + 1 + more)
                .putShort((short) entry.length)
                .put(entry)
                .put(kind);
    }

    private static byte[] headerValue(Header header, byte[] inline) {
        int chunks = header.chunks().size();
        boolean isInline = chunks == 0;
        ByteBuffer value = ByteBuffer.allocate(
                1 + Long.BYTES + Integer.BYTES + (isInline ? inline.length : chunks * Chunk.HEADER_BYTES));
        value.put((byte) VERSION).putLong(header.order()).putInt(chunks);
        for (Chunk chunk : header.chunks()) {
            value.putLong(chunk.id().epoch())
                    .putInt(chunk.id().sequence())
                    .putInt(chunk.length())
                    .putLong(chunk.checksum());
        }
        if (isInline) {
            value.put(inline);
        }
        return value.array();
    }

    private static Header parse(long epoch, byte[] record) throws IOException {
        ByteBuffer value = ByteBuffer.wrap(record);
        int version = value.get();
        if (version != VERSION) {
            throw new UnknownVersionException("an entry of the changelog", version, VERSION);
        }
        long order = value.getLong();
        int count = value.getInt();
        List<Chunk> chunks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ChunkId id = new ChunkId(value.getLong(), value.getInt());
            chunks.add(new Chunk(id, value.getInt(), value.getLong()));
        }
        byte[] inline = count > 0 ? new byte[0] : Arrays.copyOfRange(record, value.position(), record.length);
        return new Header(epoch, order, List.copyOf(chunks), count > 0 ? 0 : Chunk.checksumOf(inline), inline.length);
    }
}
