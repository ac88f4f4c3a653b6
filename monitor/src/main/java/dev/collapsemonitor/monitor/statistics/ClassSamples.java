package dev.collapsemonitor.monitor.statistics;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** Retained rows of one class: a max-heap by priority, so that the one to give up first is at the root. */
final class ClassSamples {
    private static final int INITIAL_ROWS = 2;

    private final int dimension;
    private final boolean doubles;
    private int size;
    private int usedSlots;
    private long[] priorities = new long[INITIAL_ROWS];
    private int[] predicted = new int[INITIAL_ROWS];
    private int[] slots = new int[INITIAL_ROWS]; // heap position → row in the store
    private final RowStore rows;

    ClassSamples(int dimension, boolean doubles) {
        this.dimension = dimension;
        this.doubles = doubles;
        rows = new RowStore(dimension, doubles);
    }

    int size() {
        return size;
    }

    long priority(int index) {
        return priorities[index];
    }

    /** Predicted label of a sample, or {@link Batch#NO_PREDICTION}. */
    int predicted(int index) {
        return predicted[index];
    }

    /** Copies one row as float64. */
    void copyRow(int index, double[] target, int offset) {
        int from = rows.offset(slots[index]);
        if (doubles) {
            System.arraycopy(rows.doubles(slots[index]), from, target, offset, dimension);
            return;
        }
        float[] row = rows.floats(slots[index]);
        for (int j = 0; j < dimension; j++) {
            target[offset + j] = row[from + j];
        }
    }

    boolean accepts(long priority, int cap) {
        return size < cap || priority < priorities[0];
    }

    /** Adds a row, giving up the last of the heap when there are {@code cap} already. Returns by how many it grew. */
    int add(Batch batch, int row, long priority, int cap) {
        int before = size;
        int slot = slotFor(cap);
        if (doubles) {
            System.arraycopy(batch.doubleRows(), row * dimension, rows.doubles(slot), rows.offset(slot), dimension);
        } else {
            batch.copyRow(row, rows.floats(slot), rows.offset(slot));
        }
        push(priority, batch.predicted()[row], slot);
        return size - before;
    }

    /** Adds a row of another sample of the same class. */
    int add(ClassSamples other, int index, int cap) {
        int before = size;
        int slot = slotFor(cap);
        rows.copy(other.rows, other.slots[index], slot);
        push(other.priorities[index], other.predicted[index], slot);
        return size - before;
    }

    /** Gives up rows until {@code cap} are left; returns how many. */
    int shrinkTo(int cap) {
        int before = size;
        while (size > cap) {
            popRoot();
        }
        if (cap < (priorities.length + 1) / 2) {
            compact(cap);
        }
        return before - size;
    }

    void write(DataOutput out) throws IOException {
        Primitives primitives = new Primitives();
        for (int i = 0; i < size; i++) {
            out.writeLong(priorities[i]);
            out.writeInt(predicted[i]);
            int from = rows.offset(slots[i]);
            if (doubles) {
                primitives.write(rows.doubles(slots[i]), from, dimension, out);
            } else {
                primitives.write(rows.floats(slots[i]), from, dimension, out);
            }
        }
    }

    /** Reads rows that {@link #write} wrote, in the heap's order. */
    void restore(DataInput in, int count) throws IOException {
        Primitives primitives = new Primitives();
        for (int i = 0; i < count; i++) {
            long priority = in.readLong();
            int prediction = in.readInt();
            int slot = slotFor(Integer.MAX_VALUE);
            int from = rows.offset(slot);
            if (doubles) {
                primitives.read(rows.doubles(slot), from, dimension, in);
            } else {
                primitives.read(rows.floats(slot), from, dimension, in);
            }
            push(priority, prediction, slot);
        }
    }

    /** Bytes held for rows, used or not. */
    long memoryBytes() {
        return rows.memoryBytes() + (long) priorities.length * (Long.BYTES + 2 * Integer.BYTES);
    }

    /** Gives back memory, so that classes that shrink for others never hold more than twice their rows. */
    private void compact(int capacity) {
        moveToFront();
        rows.shrinkTo(capacity);
        priorities = Arrays.copyOf(priorities, capacity);
        predicted = Arrays.copyOf(predicted, capacity);
        slots = Arrays.copyOf(slots, capacity);
        usedSlots = size;
    }

    /** Moves rows from slots behind the first {@code size} into the free ones among these. */
    private void moveToFront() {
        boolean[] taken = new boolean[size];
        for (int i = 0; i < size; i++) {
            if (slots[i] < size) {
                taken[slots[i]] = true;
            }
        }
        int free = 0;
        for (int i = 0; i < size; i++) {
            if (slots[i] >= size) {
                while (taken[free]) {
                    free++;
                }
                rows.copy(rows, slots[i], free);
                slots[i] = free++;
            }
        }
    }

    private int slotFor(int cap) {
        if (size >= cap) {
            popRoot();
        }
        if (size == priorities.length) {
            grow();
        }
        if (size < usedSlots) {
            return slots[size]; // free slots are kept behind the heap: popRoot puts the freed one there
        }
        rows.require(usedSlots + 1);
        return usedSlots++;
    }

    private void grow() {
        int capacity = 2 * size;
        priorities = Arrays.copyOf(priorities, capacity);
        predicted = Arrays.copyOf(predicted, capacity);
        slots = Arrays.copyOf(slots, capacity);
    }

    private void push(long priority, int prediction, int slot) {
        int i = size++;
        while (i > 0) {
            int parent = (i - 1) / 2;
            if (priorities[parent] >= priority) {
                break;
            }
            move(parent, i);
            i = parent;
        }
        set(i, priority, prediction, slot);
    }

    private void popRoot() {
        int freed = slots[0];
        size--;
        long priority = priorities[size];
        int prediction = predicted[size];
        int slot = slots[size];
        int i = 0;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && priorities[child + 1] > priorities[child]) {
                child++;
            }
            if (priorities[child] <= priority) {
                break;
            }
            move(child, i);
            i = child;
        }
        if (size > 0) {
            set(i, priority, prediction, slot);
        }
        slots[size] = freed;
    }

    private void move(int from, int to) {
        set(to, priorities[from], predicted[from], slots[from]);
    }

    private void set(int i, long priority, int prediction, int slot) {
        priorities[i] = priority;
        predicted[i] = prediction;
        slots[i] = slot;
    }
}
