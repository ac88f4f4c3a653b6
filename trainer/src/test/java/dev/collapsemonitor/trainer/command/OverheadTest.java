package dev.collapsemonitor.trainer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OverheadTest {
    @Test
    void isTheRatioOfTheMeans() {
        Overhead overhead = new Overhead(new long[] {10_000_000, 30_000_000}, new long[] {11_000_000, 31_000_000}, 10);
        assertThat(overhead.withoutMillis()).isEqualTo(2);
        assertThat(overhead.withMillis()).isEqualTo(2.1);
        assertThat(overhead.ratio()).isCloseTo(0.05, within(1e-12));
    }

    @Test
    void needsPairs() {
        assertThatThrownBy(() -> new Overhead(new long[] {1, 2}, new long[] {1}, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 turns without and 1 with");
        assertThatThrownBy(() -> new Overhead(new long[0], new long[0], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 turns without and 0 with");
    }
}
