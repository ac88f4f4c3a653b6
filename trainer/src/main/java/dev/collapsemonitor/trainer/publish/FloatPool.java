package dev.collapsemonitor.trainer.publish;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Arrays that are used again. A training captures the same shapes over and over: new arrays for each would bring on
 * collections, which hold up the training, and push its weights out of the caches. For several threads.
 */
final class FloatPool {
    private final long capacity;
    private final Map<Integer, Deque<float[]>> idle =
            new LinkedHashMap<>(16, 0.75f, true); // by length, least used first
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

    /** Takes an array back that nobody will read or write any more. For its room, lengths go that were not used for longest. */
    synchronized void give(float[] array) {
        Deque<float[]> fitting = idle.computeIfAbsent(array.length, length -> new ArrayDeque<>());
        fitting.push(array);
        idleBytes += bytes(array.length);
        Iterator<Deque<float[]>> longestUnused = idle.values().iterator();
        while (idleBytes > capacity) {
            Deque<float[]> others = longestUnused.next();
            while (idleBytes > capacity && !others.isEmpty()) {
                idleBytes -= bytes(others.removeLast().length);
            }
            if (others.isEmpty()) {
                longestUnused.remove();
            }
        }
    }

    private static long bytes(int length) {
        return (long) length * Float.BYTES;
    }
}
