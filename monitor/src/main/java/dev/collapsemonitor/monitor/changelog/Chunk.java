package dev.collapsemonitor.monitor.changelog;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A piece of a value, as its header lists it.
 *
 * @param length in bytes
 * @param checksum of the content, 64 bits: a changed chunk that looked unchanged would never be written
 */
record Chunk(ChunkId id, int length, long checksum) {
    /** Bytes of one in a header. */
    static final int HEADER_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES;

    boolean holds(byte[] content) {
        return content != null && content.length == length && checksumOf(content) == checksum;
    }

    /** Two CRCs of different polynomials: both are instructions of the processor. */
    static long checksumOf(byte[] content) {
        CRC32C high = new CRC32C();
        high.update(content);
        CRC32 low = new CRC32();
        low.update(content);
        return high.getValue() << 32 | low.getValue();
    }
}
