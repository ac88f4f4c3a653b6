package dev.collapsemonitor.monitor.statistics;

import java.util.Arrays;

/**
 * Rows of features in slots, grown block by block: thousands of layers that fill at the same time neither copy what they
 * have to grow, nor hold much more than they use. The first blocks double, so that a class of two rows takes no more than them.
 */
final class RowStore {
    private static final int FIRST_ROWS = 2;
    private static final int BLOCK_LOG = 4;
    private static final int BLOCK_ROWS = 1 << BLOCK_LOG;

    private final int dimension;
    private final boolean doubles;
    private float[][] floats = new float[1][];
    private double[][] doubled = new double[1][];
    private int blocks;

    RowStore(int dimension, boolean doubles) {
        this.dimension = dimension;
        this.doubles = doubles;
    }

    /** Rows that there is room for. */
    int capacity() {
        return start(blocks);
    }

    /** Makes room for at least that many rows. */
    void require(int rows) {
        while (capacity() < rows) {
            int length = (start(blocks + 1) - start(blocks)) * dimension;
            if (doubles) {
                doubled = blocks < doubled.length ? doubled : Arrays.copyOf(doubled, 2 * blocks);
                doubled[blocks] = new double[length];
            } else {
                floats = blocks < floats.length ? floats : Arrays.copyOf(floats, 2 * blocks);
                floats[blocks] = new float[length];
            }
            blocks++;
        }
    }

    /** Gives back the blocks behind the first so many rows. */
    void shrinkTo(int rows) {
        while (blocks > 0 && start(blocks - 1) >= rows) {
            blocks--;
            if (doubles) {
                doubled[blocks] = null;
            } else {
                floats[blocks] = null;
            }
        }
    }

    /** The array that holds a float32 row, from {@link #offset} on. */
    float[] floats(int slot) {
        return floats[block(slot)];
    }

    /** The array that holds a float64 row, from {@link #offset} on. */
    double[] doubles(int slot) {
        return doubled[block(slot)];
    }

    /** Where a row begins in its array. */
    int offset(int slot) {
        return (slot - start(block(slot))) * dimension;
    }

    /** Moves a row to another slot. */
    void copy(RowStore from, int slot, int target) {
        if (doubles) {
            System.arraycopy(from.doubles(slot), from.offset(slot), doubles(target), offset(target), dimension);
        } else {
            System.arraycopy(from.floats(slot), from.offset(slot), floats(target), offset(target), dimension);
        }
    }

    /** Bytes held for rows, used or not. */
    long memoryBytes() {
        return (long) capacity() * dimension * (doubles ? Double.BYTES : Float.BYTES);
    }

    private static int block(int slot) {
        if (slot < FIRST_ROWS) {
            return 0;
        }
        return slot < BLOCK_ROWS
                ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros(slot)
                : (slot >> BLOCK_LOG) + BLOCK_LOG - 1;
    }

    /** First slot of a block: 0, 2, 4, 8, 16, 32, 48, … */
    private static int start(int block) {
        if (block == 0) {
            return 0;
        }
        return block < BLOCK_LOG ? 1 << block : (block - BLOCK_LOG + 1) << BLOCK_LOG;
    }
}
