package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.monitor.oracle.SlowStatistics;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignalVariationTest {
    @ParameterizedTest
    @CsvSource({"0.3, 0", "1e-3, 100", "1e-7, 100"})
    void agreesWithTwoPassesHoweverItIsSplit(double spread, double offset) {
        TestData data = TestData.clusters64(1, new int[] {50, 0, 1, 30}, 7, spread, offset, 1);
        SlowStatistics slow = SlowStatistics.of(data.sample());
        double expected = slow.scatterTrace() / slow.total();

        for (int rows : new int[] {1, 13, 81}) {
            SignalVariation variation = new SignalVariation(4, 7);
            for (int from = 0; from < 81; from += rows) {
                TestData part = data.slice(from, Math.min(81, from + rows));
                variation.observe(matrix(part.features()), part.labels());
            }
            assertThat(variation.observed()).isEqualTo(81);
            assertThat(variation.total()).isCloseTo(expected, withinPercentage(1e-9));
        }
    }

    @Test
    void equalSignalsOfAClassHaveNoVariation() {
        SignalVariation variation = new SignalVariation(2, 2);
        variation.observe(Matrix.of(3, 2, new double[] {0.1, 0.2, 0.1, 0.2, 7, 9}), new int[] {1, 1, 0});
        assertThat(variation.total()).isZero();
    }

    @Test
    void shapesThatDifferAreRefused() {
        SignalVariation variation = new SignalVariation(2, 2);
        assertThatThrownBy(() -> variation.observe(Matrix.zeros(2, 3), new int[] {0, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("signals of 2 × 3 with 2 labels cannot be added to those of 2 outputs");
        assertThatThrownBy(() -> variation.observe(Matrix.zeros(2, 2), new int[] {0}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itsMemoryIsKnownInAdvance() {
        assertThat(SignalVariation.memoryBytes(10, 512)).isEqualTo(10 * (2 * 512 * 8 + 16));
        assertThat(SignalVariation.fits(1000, 4096)).isTrue();
        assertThat(SignalVariation.fits(10_000, 65_536)).isFalse();
    }

    private static Matrix matrix(double[][] rows) {
        return Matrix.of(
                rows.length,
                rows[0].length,
                Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }
}
