package dev.collapsemonitor.trainer.publish;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Arrays that are used again. A training captures the same shapes over and over: new arrays for each would bring on
 * collections, which hold up the training, and push its weights out of the caches. For several threads.
 */
final class FloatPool {
    private final long capacity;
    private final Map<Integer, Deque<float[]>> idle = new HashMap<>();
    private long idleBytes;

    /** @param capacity most bytes to keep of arrays that nobody uses */
    FloatPool(long capacity) {
        this.capacity = capacity;
    }

    /** An array of exactly that length, of any content. */
    synchronized float[] take(int length) {
        Deque<float[]> fitting = idle.get(length);
        if (fitting == null || fitting.isEmpty()) {
            return new float[length];
        }
        idleBytes -= bytes(length);
        return fitting.pop();
    }

    /** Takes an array back that nobody will read or write any more. */
    synchronized void give(float[] array) {
        if (idleBytes + bytes(array.length) <= capacity) {
            idleBytes += bytes(array.length);
            idle.computeIfAbsent(array.length, length -> new ArrayDeque<>()).push(array);
        }
    }

    private static long bytes(int length) {
        return (long) length * Float.BYTES;
    }
}
