package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.oracle.TestData;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The memory of an accumulator is known before it is made. */
class AccumulatorMemoryTest {

    @ParameterizedTest(name = "{0} classes, dimension {1}, float64 {2}, rows sorted {3}")
    @CsvSource({
        "10, 64, false, false",
        "10, 64, true, true",
        "10, 600, false, true",
        "10, 600, true, false",
        "200, 128, false, true",
        "200, 128, true, false",
        "500, 40, false, true"
    })
    void holdsNoMoreThanToldInAdvance(int classes, int d, boolean doubles, boolean sorted) {
        int[] counts = new int[classes];
        for (int k = 0; k < classes; k++) {
            counts[k] = 1 + (k * 37 % 23) * 2000 / classes / 10;
        }
        TestData data = TestData.clusters(1, counts, d, 0.3, 0, 1);
        data = sorted ? data.byClass() : data;
        for (AccumulatorLimits limits : new AccumulatorLimits[] {
            AccumulatorLimits.DEFAULT, new AccumulatorLimits(4096, 1 << 16, 512), new AccumulatorLimits(30, 1 << 18, 1)
        }) {
            for (long expected : new long[] {data.rows(), Long.MAX_VALUE}) {
                long told = LayerAccumulator.memoryBytes(classes, d, doubles, limits.forRows(expected), expected);
                try (LayerAccumulator accumulator = new LayerAccumulator(classes, d, doubles, limits, expected)) {
                    Feed.observe(accumulator, data, doubles, 32, 0);
                    // Beside the rows: one row of scratch, and references to the parts of each class.
                    long slack = 1024 + 8L * d + 16L * classes;
                    assertThat(held(accumulator)).isLessThanOrEqualTo(told + slack);
                    assertThat(accumulator.memoryBytes(limits, expected)).isEqualTo(told);
                }
            }
        }
    }

    @Test
    void growsAsDocumented() {
        AccumulatorLimits limits = new AccumulatorLimits(4096, 1 << 20, 512);
        // Packed float64 sum and one float32 square, from dimension 512 on.
        long retained = 2 * Reservoir.memoryBytes(limits.retainedRows(10, 512, false), 512, false);
        assertThat(LayerAccumulator.memoryBytes(10, 512, false, limits))
                .isEqualTo(8L * 512 * 513 / 2 + 4L * 512 * 512 + 10 * ClassMoments.memoryBytes(512, true) + retained);
        // No square above the bound.
        assertThat(LayerAccumulator.memoryBytes(10, 4097, false, limits)).isLessThan(4L * 4097 * 4097 / 10);
        // 4096 dimensions and 1000 classes stay below a third of a gigabyte.
        assertThat(LayerAccumulator.memoryBytes(1000, 4096, false, AccumulatorLimits.DEFAULT))
                .isBetween(130L << 20, 320L << 20);
    }

    /** Elements of all arrays reachable, on and off the heap, 4 bytes for each reference. */
    private static long held(Object root) {
        return held(root, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static long held(Object object, Set<Object> seen) {
        if (object == null || !seen.add(object)) {
            return 0;
        }
        if (object instanceof FloatPointer pointer) {
            return pointer.capacity() * Float.BYTES;
        }
        if (object instanceof DoublePointer pointer) {
            return pointer.capacity() * Double.BYTES;
        }
        if (object.getClass().isArray()) {
            return heldByArray(object, seen);
        }
        if (!object.getClass().getName().startsWith("dev.collapsemonitor")) {
            return 0;
        }
        long bytes = 0;
        for (Field field : object.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                try {
                    field.setAccessible(true);
                    bytes += held(field.get(object), seen);
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return bytes;
    }

    private static long heldByArray(Object array, Set<Object> seen) {
        int length = Array.getLength(array);
        if (array instanceof Object[] elements) {
            long bytes = 4L * length;
            for (Object element : elements) {
                bytes += held(element, seen);
            }
            return bytes;
        }
        int width = array instanceof double[] || array instanceof long[] ? 8 : 4;
        return (long) width * length;
    }
}
