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
    private float[] floatRows;
    private double[] doubleRows;

    ClassSamples(int dimension, boolean doubles) {
        this.dimension = dimension;
        this.doubles = doubles;
        floatRows = new float[doubles ? 0 : INITIAL_ROWS * dimension];
        doubleRows = new double[doubles ? INITIAL_ROWS * dimension : 0];
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
        int from = slots[index] * dimension;
        if (doubles) {
            System.arraycopy(doubleRows, from, target, offset, dimension);
            return;
        }
        for (int j = 0; j < dimension; j++) {
            target[offset + j] = floatRows[from + j];
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
            System.arraycopy(batch.doubleRows(), row * dimension, doubleRows, slot * dimension, dimension);
        } else {
            batch.copyRow(row, floatRows, slot * dimension);
        }
        push(priority, batch.predicted()[row], slot);
        return size - before;
    }

    /** Adds a row of another sample of the same class. */
    int add(ClassSamples other, int index, int cap) {
        int before = size;
        int slot = slotFor(cap);
        int from = other.slots[index] * dimension;
        if (doubles) {
            System.arraycopy(other.doubleRows, from, doubleRows, slot * dimension, dimension);
        } else {
            System.arraycopy(other.floatRows, from, floatRows, slot * dimension, dimension);
        }
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
            int from = slots[i] * dimension;
            if (doubles) {
                primitives.write(doubleRows, from, dimension, out);
            } else {
                primitives.write(floatRows, from, dimension, out);
            }
        }
    }

    /** Reads rows that {@link #write} wrote, in the heap's order. */
    void restore(DataInput in, int rows) throws IOException {
        Primitives primitives = new Primitives();
        for (int i = 0; i < rows; i++) {
            long priority = in.readLong();
            int prediction = in.readInt();
            int slot = slotFor(Integer.MAX_VALUE);
            int from = slot * dimension;
            if (doubles) {
                primitives.read(doubleRows, from, dimension, in);
            } else {
                primitives.read(floatRows, from, dimension, in);
            }
            push(priority, prediction, slot);
        }
    }

    /** Bytes held for rows, used or not. */
    long memoryBytes() {
        return (long) floatRows.length * Float.BYTES
                + (long) doubleRows.length * Double.BYTES
                + (long) priorities.length * (Long.BYTES + 2 * Integer.BYTES);
    }

    /** Gives back memory, so that classes that shrink for others never hold more than twice their rows. */
    private void compact(int capacity) {
        float[] newFloats = new float[doubles ? 0 : capacity * dimension];
        double[] newDoubles = new double[doubles ? capacity * dimension : 0];
        for (int i = 0; i < size; i++) {
            int from = slots[i] * dimension;
            if (doubles) {
                System.arraycopy(doubleRows, from, newDoubles, i * dimension, dimension);
            } else {
                System.arraycopy(floatRows, from, newFloats, i * dimension, dimension);
            }
            slots[i] = i;
        }
        floatRows = newFloats;
        doubleRows = newDoubles;
        priorities = Arrays.copyOf(priorities, capacity);
        predicted = Arrays.copyOf(predicted, capacity);
        slots = Arrays.copyOf(slots, capacity);
        usedSlots = size;
    }

    private int slotFor(int cap) {
        if (size >= cap) {
            popRoot();
        }
        if (size == priorities.length) {
            grow();
        }
        // Free slots are kept behind the heap: popRoot puts the freed one there.
        return size < usedSlots ? slots[size] : usedSlots++;
    }

    private void grow() {
        int capacity = 2 * size;
        priorities = Arrays.copyOf(priorities, capacity);
        predicted = Arrays.copyOf(predicted, capacity);
        slots = Arrays.copyOf(slots, capacity);
        if (doubles) {
            doubleRows = Arrays.copyOf(doubleRows, capacity * dimension);
        } else {
            floatRows = Arrays.copyOf(floatRows, capacity * dimension);
        }
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
