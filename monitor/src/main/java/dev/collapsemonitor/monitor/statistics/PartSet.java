package dev.collapsemonitor.monitor.statistics;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/** Which parts of a snapshot arrived, and with what content: what makes a redelivered part change nothing. */
public final class PartSet {
    private final BitSet arrived = new BitSet();
    private final BitSet rejected = new BitSet();
    private final int parts;
    private int[] checksums = new int[16];

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
        if (!arrived.get(part)) {
            return Arrival.NEW;
        }
        return checksums[part] == checksum ? Arrival.DUPLICATE : Arrival.CONFLICT;
    }

    /** Takes note of a part that was merged. */
    public void merged(int part, int checksum) {
        arrived.set(part);
        if (part >= checksums.length) {
            checksums = Arrays.copyOf(checksums, Math.max(part + 1, 2 * checksums.length));
        }
        checksums[part] = checksum;
    }

    /** Takes note of a part that was rejected: it will not come again, and it lowers the coverage. */
    public void rejected(int part, int checksum) {
        merged(part, checksum);
        rejected.set(part);
    }

    /** Whether every part arrived, merged or rejected. */
    public boolean complete() {
        return missing() == 0;
    }

    /** Number of parts that have not arrived yet. */
    public int missing() {
        return parts - arrived.cardinality();
    }

    /** Share of the announced parts that was merged, in [0, 1]. */
    public double coverage() {
        return (arrived.cardinality() - rejected.cardinality()) / (double) parts;
    }

    /** Bytes held, about. */
    public long memoryBytes() {
        return 160 + (long) checksums.length * Integer.BYTES + arrived.size() / 4;
    }

    /**
     * Writes everything that {@link #read} needs: int parts, arrived and rejected as bit strings (int bytes, little-endian
     * bits), int checksum of every part that arrived.
     *
     * @throws IOException when {@code out} fails
     */
    public void write(DataOutput out) throws IOException {
        out.writeInt(parts);
        write(arrived, out);
        write(rejected, out);
        for (int part = arrived.nextSetBit(0); part >= 0; part = arrived.nextSetBit(part + 1)) {
            out.writeInt(checksums[part]);
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
        set.rejected.or(readBits(in));
        for (int part = arrived.nextSetBit(0); part >= 0; part = arrived.nextSetBit(part + 1)) {
            set.merged(part, in.readInt());
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
