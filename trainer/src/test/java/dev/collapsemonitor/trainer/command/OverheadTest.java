package dev.collapsemonitor.trainer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
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
    void isCertainWhereAllPairsAgree() {
        Overhead overhead = new Overhead(new long[] {100, 300, 200}, new long[] {110, 330, 220}, 1);
        assertThat(overhead.ratio()).isCloseTo(0.1, within(1e-12));
        assertThat(overhead.standardError()).isCloseTo(0, within(1e-12));
    }

    @Test
    void theStandardErrorIsTheSpreadOfRepeatedMeasurements() {
        Random random = new Random(1);
        int repeats = 400;
        double sum = 0;
        double squares = 0;
        double errors = 0;
        for (int repeat = 0; repeat < repeats; repeat++) {
            long[] without = new long[50];
            long[] with = new long[50];
            for (int i = 0; i < without.length; i++) {
                without[i] = Math.round(1e9 * (1 + 0.05 * random.nextGaussian()));
                with[i] = Math.round(1.02e9 * (1 + 0.05 * random.nextGaussian()));
            }
            Overhead overhead = new Overhead(without, with, 1);
            sum += overhead.ratio();
            squares += overhead.ratio() * overhead.ratio();
            errors += overhead.standardError();
        }
        double mean = sum / repeats;
        double spread = Math.sqrt(squares / repeats - mean * mean);
        assertThat(mean).isCloseTo(0.02, within(4 * spread / Math.sqrt(repeats)));
        assertThat(errors / repeats).isCloseTo(spread, within(0.1 * spread));
    }

    @Test
    void onePairTellsNothing() {
        assertThatThrownBy(() -> new Overhead(new long[] {1}, new long[] {1}, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 turns without and 1 with");
    }
}
