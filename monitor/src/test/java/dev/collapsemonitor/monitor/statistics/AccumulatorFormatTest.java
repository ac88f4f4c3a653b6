package dev.collapsemonitor.monitor.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.oracle.Engine;
import dev.collapsemonitor.monitor.oracle.TestData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AccumulatorFormatTest {
    private static final AccumulatorLimits SINGLE = new AccumulatorLimits(4096, 8 << 20, 1);
    private static final AccumulatorLimits FEW_SAMPLES = new AccumulatorLimits(4096, 2_000, 512);
    private static final AccumulatorLimits NO_SCATTER = new AccumulatorLimits(8, 8 << 20, 512);

    static Stream<Arguments> kinds() {
        TestData floats = TestData.clusters(1, new int[] {30, 0, 25, 1}, 12, 0.3, 5, 1);
        TestData doubles = TestData.clusters64(2, new int[] {30, 20}, 12, 0.3, 5, 1);
        return Stream.of(
                Arguments.of("float64 products", floats, AccumulatorLimits.DEFAULT),
                Arguments.of("float32 products", floats, SINGLE),
                Arguments.of("float64 features", doubles, AccumulatorLimits.DEFAULT),
                Arguments.of("a full reservoir", floats, FEW_SAMPLES),
                Arguments.of("no scatter", floats, NO_SCATTER));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void goesOnFromItsBytesAsIfNothingHadHappened(String name, TestData data, AccumulatorLimits limits)
            throws IOException {
        int half = data.rows() / 2;
        try (LayerAccumulator whole = Engine.accumulate(data.sample(), 7, limits);
                LayerAccumulator first = Engine.accumulate(data.slice(0, half).sample(), 7, limits);
                LayerAccumulator second =
                        Engine.accumulate(data.slice(half, data.rows()).sample(), 7, limits);
                LayerAccumulator restored = copy(first, limits)) {
            assertThat(restored.observed()).isEqualTo(half);
            assertSame(restored.statistics(), first.statistics(), 0);
            restored.merge(second);
            assertSame(restored.statistics(), whole.statistics(), limits == SINGLE ? 1e-6 : 1e-12);
        }
    }

    @Test
    void keepsWhatDecayedSamplesWeigh() throws IOException {
        TestData data = TestData.clusters(3, 3, 6, 20, 0.3, 0, 1);
        try (LayerAccumulator decayed = Engine.accumulate(data.sample(), 60, AccumulatorLimits.DEFAULT)) {
            decayed.decay(0.25);
            try (LayerAccumulator restored = copy(decayed, AccumulatorLimits.DEFAULT)) {
                assertThat(restored.statistics().counts()).containsExactly(5, 5, 5);
            }
        }
    }

    @Test
    void keepsThePrecisionOfItsProductsWhateverIsChosenNow() throws IOException {
        TestData data = TestData.clusters(3, 2, 6, 20, 0.3, 0, 1);
        AccumulatorLimits fewRetained = new AccumulatorLimits(4096, 8 * 6 * Float.BYTES, 1);
        for (long expected : new long[] {8, Long.MAX_VALUE}) {
            try (LayerAccumulator first = new LayerAccumulator(2, 6, false, fewRetained, expected);
                    LayerAccumulator restored = copy(first, fewRetained)) {
                assertThat(restored.single()).isEqualTo(first.single()).isEqualTo(expected > 8);
                Feed.observe(restored, data, false, 7, 0);
                assertThat(restored.statistics().doublePrecision()).isEqualTo(expected == 8);
            }
        }
    }

    @Test
    void refusesAnUnknownVersionAndBytesCutShort() throws IOException {
        TestData data = TestData.clusters(4, 2, 4, 5, 0.3, 0, 1);
        try (LayerAccumulator accumulator = Engine.accumulate(data.sample(), 5, AccumulatorLimits.DEFAULT)) {
            byte[] bytes = bytes(accumulator);
            byte[] newer = bytes.clone();
            newer[0] = 9;
            assertThatThrownBy(() -> read(newer, AccumulatorLimits.DEFAULT))
                    .isInstanceOf(IOException.class)
                    .hasMessage("accumulator of version 9, but this build reads version 1");
            byte[] cut = java.util.Arrays.copyOf(bytes, bytes.length - 1);
            assertThatThrownBy(() -> read(cut, AccumulatorLimits.DEFAULT)).isInstanceOf(EOFException.class);
            AccumulatorLimits withoutScatter = new AccumulatorLimits(1, 8 << 20, 512);
            assertThatThrownBy(() -> read(bytes, withoutScatter)).hasMessageContaining("under other limits");
        }
    }

    private static void assertSame(ClassStatistics actual, ClassStatistics expected, double tolerance) {
        assertThat(actual.present()).isEqualTo(expected.present());
        assertThat(actual.counts()).isEqualTo(expected.counts());
        assertThat(actual.samples().size()).isEqualTo(expected.samples().size());
        assertClose(actual.means().data(), expected.means().data(), tolerance);
        assertClose(actual.variances(), expected.variances(), tolerance);
        if (expected.scatter() == null) {
            assertThat(actual.scatter()).isNull();
        } else {
            assertClose(actual.scatter().data(), expected.scatter().data(), tolerance);
        }
        assertThat(actual.normSum()).isCloseTo(expected.normSum(), org.assertj.core.data.Offset.offset(1e-9));
    }

    private static void assertClose(double[] actual, double[] expected, double tolerance) {
        double scale = 0;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).isLessThanOrEqualTo(tolerance * scale);
        }
    }

    private static LayerAccumulator copy(LayerAccumulator accumulator, AccumulatorLimits limits) throws IOException {
        return read(bytes(accumulator), limits);
    }

    private static byte[] bytes(LayerAccumulator accumulator) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        accumulator.write(new DataOutputStream(out));
        return out.toByteArray();
    }

    private static LayerAccumulator read(byte[] bytes, AccumulatorLimits limits) throws IOException {
        return LayerAccumulator.read(new DataInputStream(new ByteArrayInputStream(bytes)), limits);
    }
}
