package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArrayPoolTest {
    @Test
    void givesWhatCameBackToTheNextOfTheSameLength() {
        ArrayPool<float[]> pool = ArrayPool.floats(100);
        float[] array = pool.take(5);
        assertThat(pool.take(5)).isNotSameAs(array).hasSize(5);
        pool.give(array);
        assertThat(pool.take(4)).hasSize(4);
        assertThat(pool.take(5)).isSameAs(array);
        assertThat(pool.take(5)).isNotSameAs(array);
    }

    @Test
    void keepsNoMoreBytesThanItMay() {
        ArrayPool<float[]> pool = ArrayPool.floats(3 * 5 * Float.BYTES);
        float[][] arrays = {pool.take(5), pool.take(5), pool.take(5), pool.take(5)};
        for (float[] array : arrays) {
            pool.give(array);
        }
        assertThat(List.of(pool.take(5), pool.take(5), pool.take(5), pool.take(5)))
                .usingElementComparator((a, b) -> a == b ? 0 : 1)
                .contains(arrays[1], arrays[2], arrays[3])
                .doesNotContain(arrays[0]);
        pool.give(arrays[0]);
        assertThat(pool.take(5)).isSameAs(arrays[0]); // what was taken makes room again
    }

    @Test
    void forgetsTheLengthsThatWereNotUsedForLongest() {
        ArrayPool<float[]> pool = ArrayPool.floats(10 * Float.BYTES);
        float[] old = pool.take(4);
        float[] used = pool.take(3);
        float[] recent = pool.take(5);
        pool.give(old);
        pool.give(used);
        assertThat(pool.take(4)).isSameAs(old);
        pool.give(old);
        pool.give(recent);
        assertThat(pool.take(4)).isSameAs(old);
        assertThat(pool.take(5)).isSameAs(recent);
        assertThat(pool.take(3)).isNotSameAs(used);
    }
}
