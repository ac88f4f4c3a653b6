package dev.collapsemonitor.trainer.publish;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/**
 * Arrays that are used again. A training captures the same shapes over and over: new arrays for each would bring on
 * collections, which hold up the training, and push its weights out of the caches. For several threads.
 *
 * @param <A> type of the arrays
 */
final class ArrayPool<A> {
    private final IntFunction<A> maker;
    private final ToIntFunction<A> length;
    private final int elementBytes;
    private final long capacity;
    private final Map<Integer, Deque<A>> idle = new LinkedHashMap<>(16, 0.75f, true); // by length, least used first
    private long idleBytes;

    private ArrayPool(IntFunction<A> maker, ToIntFunction<A> length, int elementBytes, long capacity) {
        this.maker = maker;
        this.length = length;
        this.elementBytes = elementBytes;
        this.capacity = capacity;
    }

    /** @param capacity most bytes to keep of arrays that nobody uses */
    static ArrayPool<float[]> floats(long capacity) {
        return new ArrayPool<>(float[]::new, array -> array.length, Float.BYTES, capacity);
    }

    /** @param capacity most bytes to keep of arrays that nobody uses */
    static ArrayPool<byte[]> bytes(long capacity) {
        return new ArrayPool<>(byte[]::new, array -> array.length, Byte.BYTES, capacity);
    }

    /** An array of exactly that length, of any content. */
    synchronized A take(int wanted) {
        Deque<A> fitting = idle.get(wanted);
        if (fitting == null || fitting.isEmpty()) {
            return maker.apply(wanted);
        }
        idleBytes -= (long) wanted * elementBytes;
        return fitting.pop();
    }

    /** Takes an array back that nobody will read or write any more. For its room, lengths go that were not used for longest. */
    synchronized void give(A array) {
        if (bytesOf(array) > capacity) {
            return;
        }
        idle.computeIfAbsent(length.applyAsInt(array), any -> new ArrayDeque<>())
                .push(array);
        idleBytes += bytesOf(array);
        Iterator<Deque<A>> longestUnused = idle.values().iterator();
        while (idleBytes > capacity) {
            Deque<A> others = longestUnused.next();
            while (idleBytes > capacity && !others.isEmpty()) {
                idleBytes -= bytesOf(others.removeLast());
            }
            if (others.isEmpty()) {
                longestUnused.remove();
            }
        }
    }

    private long bytesOf(A array) {
        return (long) length.applyAsInt(array) * elementBytes;
    }
}
