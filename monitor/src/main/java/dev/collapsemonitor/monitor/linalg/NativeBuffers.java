package dev.collapsemonitor.monitor.linalg;

import org.bytedeco.javacpp.DoublePointer;

/**
 * Off-heap copies of arrays for BLAS and LAPACK, in buffers that a thread reuses: handing an array to the library makes
 * JavaCPP allocate and free a copy per call, whose page faults cost a fifth of a product of 2,048 columns (measured, see
 * RATIONALE.md).
 */
final class NativeBuffers {
    /** First operand. */
    static final int A = 0;

    /** Second operand. */
    static final int B = 1;

    /** Result. */
    static final int C = 2;

    /** Larger buffers are given back after the call: a thread holds at most three of these, 120 MB. */
    private static final long KEPT_ELEMENTS = 5L << 20;

    private static final ThreadLocal<NativeBuffers> OF_THREAD = ThreadLocal.withInitial(NativeBuffers::new);

    private final DoublePointer[] slots = {new DoublePointer(), new DoublePointer(), new DoublePointer()};

    private NativeBuffers() {}

    static NativeBuffers ofThread() {
        return OF_THREAD.get();
    }

    /** The slot's buffer with the array in it. */
    DoublePointer load(int slot, double[] data) {
        return reserve(slot, data.length).put(data, 0, data.length);
    }

    /** The slot's buffer with room for {@code count} elements of any content. */
    DoublePointer reserve(int slot, long count) {
        if (slots[slot].capacity() < count) {
            slots[slot].close();
            slots[slot] = new DoublePointer(count);
        }
        return slots[slot];
    }

    /** Gives back what is too large to keep; the pointers are not valid any more. */
    void release() {
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot].capacity() > KEPT_ELEMENTS) {
                slots[slot].close();
                slots[slot] = new DoublePointer();
            }
        }
    }
}
