package dev.collapsemonitor.monitor.statistics;

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
        return arrived.cardinality() == parts;
    }

    /** Share of the announced parts that was merged, in [0, 1]. */
    public double coverage() {
        return (arrived.cardinality() - rejected.cardinality()) / (double) parts;
    }
}
