package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowStoreTest {
    private static final int DIMENSION = 3;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everySlotKeepsItsRowWhileTheStoreGrowsAndShrinks(boolean doubles) {
        RowStore store = new RowStore(DIMENSION, doubles);
        for (int slot = 0; slot < 100; slot++) {
            store.require(slot + 1);
            put(store, doubles, slot, slot);
            assertThat(store.capacity()).isLessThanOrEqualTo(Math.max(2, Math.min(2 * (slot + 1), slot + 1 + 16)));
        }
        store.copy(store, 99, 5);
        store.shrinkTo(20);
        assertThat(store.capacity()).isEqualTo(32);
        for (int slot = 0; slot < 20; slot++) {
            assertThat(get(store, doubles, slot)).isEqualTo(slot == 5 ? 99 : slot);
        }
        assertThat(store.memoryBytes()).isEqualTo(32 * DIMENSION * (doubles ? 8 : 4));
        store.shrinkTo(0);
        assertThat(store.memoryBytes()).isZero();
    }

    private static void put(RowStore store, boolean doubles, int slot, int value) {
        for (int j = store.offset(slot); j < store.offset(slot) + DIMENSION; j++) {
            if (doubles) {
                store.doubles(slot)[j] = value;
            } else {
                store.floats(slot)[j] = value;
            }
        }
    }

    private static double get(RowStore store, boolean doubles, int slot) {
        int last = store.offset(slot) + DIMENSION - 1;
        return doubles ? store.doubles(slot)[last] : store.floats(slot)[last];
    }
}
