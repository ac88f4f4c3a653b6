package dev.collapsemonitor.monitor.changelog;

import java.io.InputStream;
import java.util.List;

/**
 * Reads pieces one after the other. {@link java.io.SequenceInputStream} does so too, but takes a lock for every byte, and
 * numbers are read byte by byte.
 */
final class Pieces extends InputStream {
    private final List<byte[]> pieces;
    private int next = 1;
    private byte[] piece;
    private int position;

    /** @param pieces at least one, none empty but the last */
    Pieces(List<byte[]> pieces) {
        this.pieces = pieces;
        piece = pieces.get(0);
    }

    @Override
    public int read() {
        return atEnd() ? -1 : piece[position++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (atEnd()) {
            return -1;
        }
        int count = Math.min(length, piece.length - position);
        System.arraycopy(piece, position, target, offset, count);
        position += count;
        return count;
    }

    private boolean atEnd() {
        while (position == piece.length) {
            if (next == pieces.size()) {
                return true;
            }
            piece = pieces.get(next++);
            position = 0;
        }
        return false;
    }
}
