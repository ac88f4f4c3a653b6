package dev.collapsemonitor.monitor.statistics;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which parts of a snapshot arrived, and with what content: what makes a redelivered part change nothing.
 *
 * <p>Kept in pages, so that memory grows with the parts that arrived, not with the number that one of them claims to have.
 */
public final class PartSet {
    private static final int PAGE_PARTS = 512;

    private final int parts;
    private Page[] pages = new Page[1]; // null where no part arrived
    private int arrived;
    private int rejected;

    /** Some consecutive parts. */
    private static final class Page {
        private final BitSet arrived = new BitSet();
        private final BitSet rejected = new BitSet();
        private int[] checksums = new int[16];

        long memoryBytes() {
            return 160 + (long) checksums.length * Integer.BYTES + arrived.size() / 4;
        }
    }

    /** A snapshot of that many parts. */
    public PartSet(int parts) {
        this.parts = parts;
    }

    /** What the arrival of a part means. */
    public enum Arrival {
        NEW,
        DUPLICATE,
        /** The same part with other content, or of a snapshot announced with another number of parts. */
        CONFLICT
    }

    /** Classifies a part without taking note of it. */
    public Arrival classify(int part, int announcedParts, int checksum) {
        if (announcedParts != parts) {
            return Arrival.CONFLICT;
        }
        int index = part / PAGE_PARTS;
        Page page = index < pages.length ? pages[index] : null;
        if (page == null || !page.arrived.get(part % PAGE_PARTS)) {
            return Arrival.NEW;
        }
        return page.checksums[part % PAGE_PARTS] == checksum ? Arrival.DUPLICATE : Arrival.CONFLICT;
    }

    /** Takes note of a part that was merged. */
    public void merged(int part, int checksum) {
        arrived(part, checksum, false);
    }

    /** Takes note of a part that was rejected: it will not come again, and it lowers the coverage. */
    public void rejected(int part, int checksum) {
        arrived(part, checksum, true);
    }

    private void arrived(int part, int checksum, boolean wasRejected) {
        int index = part / PAGE_PARTS;
        if (index >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(index + 1, 2 * pages.length));
        }
        if (pages[index] == null) {
            pages[index] = new Page();
        }
        Page page = pages[index];
        int within = part % PAGE_PARTS;
        if (within >= page.checksums.length) {
            page.checksums = Arrays.copyOf(page.checksums, Math.max(within + 1, 2 * page.checksums.length));
        }
        page.checksums[within] = checksum;
        if (!page.arrived.get(within)) {
            page.arrived.set(within);
            arrived++;
        }
        if (wasRejected && !page.rejected.get(within)) {
            page.rejected.set(within);
            rejected++;
        }
    }

    /** Whether every part arrived, merged or rejected. */
    public boolean complete() {
        return missing() == 0;
    }

    /** Number of parts that have not arrived yet. */
    public int missing() {
        return parts - arrived;
    }

    /** Share of the announced parts that was merged, in [0, 1]. */
    public double coverage() {
        return (arrived - rejected) / (double) parts;
    }

    /** Bytes held, about. */
    public long memoryBytes() {
        long bytes = (long) pages.length * Long.BYTES;
        for (Page page : pages) {
            bytes += page == null ? 0 : page.memoryBytes();
        }
        return bytes;
    }

    /**
     * Writes everything that {@link #read} needs: int parts, arrived and rejected as bit strings (int bytes, little-endian
     * bits), int checksum of every part that arrived.
     *
     * @throws IOException when {@code out} fails
     */
    public void write(DataOutput out) throws IOException {
        out.writeInt(parts);
        BitSet allArrived = new BitSet();
        BitSet allRejected = new BitSet();
        for (int p = 0; p < pages.length; p++) {
            if (pages[p] != null) {
                int from = p * PAGE_PARTS;
                pages[p].arrived.stream().forEach(part -> allArrived.set(from + part));
                pages[p].rejected.stream().forEach(part -> allRejected.set(from + part));
            }
        }
        write(allArrived, out);
        write(allRejected, out);
        for (int part = allArrived.nextSetBit(0); part >= 0; part = allArrived.nextSetBit(part + 1)) {
            out.writeInt(pages[part / PAGE_PARTS].checksums[part % PAGE_PARTS]);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when the bytes are cut short
     */
    public static PartSet read(DataInput in) throws IOException {
        PartSet set = new PartSet(in.readInt());
        BitSet arrived = readBits(in);
        BitSet rejected = readBits(in);
        for (int part = arrived.nextSetBit(0); part >= 0; part = arrived.nextSetBit(part + 1)) {
            set.arrived(part, in.readInt(), rejected.get(part));
        }
        return set;
    }

    private static void write(BitSet bits, DataOutput out) throws IOException {
        byte[] bytes = bits.toByteArray();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static BitSet readBits(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return BitSet.valueOf(bytes);
    }
}
