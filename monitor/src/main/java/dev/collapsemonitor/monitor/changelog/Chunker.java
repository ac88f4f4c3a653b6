package dev.collapsemonitor.monitor.changelog;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.Consumer;

/** Cuts what is written into pieces of equal size; the last may be shorter. Nothing larger than a piece is held. */
final class Chunker extends OutputStream {
    private final int size;
    private final Consumer<byte[]> full;
    private byte[] piece;
    private int used;

    private Chunker(int size, Consumer<byte[]> full) {
        this.size = size;
        this.full = full;
        piece = new byte[Math.min(size, 1 << 10)];
    }

    /**
     * Hands on all full pieces but returns the rest, which is everything when one piece holds it.
     *
     * @param full takes each piece of {@code size} bytes that more bytes follow
     */
    static byte[] cut(Content content, int size, Consumer<byte[]> full) {
        Chunker chunker = new Chunker(size, full);
        try (DataOutputStream out = new DataOutputStream(chunker)) {
            content.writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return Arrays.copyOf(chunker.piece, chunker.used);
    }

    @Override
    public void write(int b) {
        reserve();
        piece[used++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            reserve();
            int count = Math.min(left, piece.length - used);
            System.arraycopy(bytes, from, piece, used, count);
            used += count;
            from += count;
            left -= count;
        }
    }

    /** Makes room for a byte. */
    private void reserve() {
        if (used < piece.length) {
            return;
        }
        if (piece.length < size) {
            piece = Arrays.copyOf(piece, Math.min(size, 4 * piece.length));
            return;
        }
        full.accept(piece);
        piece = new byte[size];
        used = 0;
    }
}
