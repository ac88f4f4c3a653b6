package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the definition of the formats in exact arithmetic. */
class HalfFloatsTest {
    private static final Format FLOAT16 = new Format(5, 10);
    private static final Format BFLOAT16 = new Format(8, 7);

    @Test
    void everyFloat16PatternDecodesToItsValue() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(bits, HalfFloats.fromFloat16((short) bits), FLOAT16.decode(bits));
        }
    }

    @Test
    void everyBfloat16PatternDecodesToItsValue() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(bits, HalfFloats.fromBfloat16((short) bits), BFLOAT16.decode(bits));
        }
    }

    @Test
    void everyFloat16ValueAndItsNeighboursAndMidpointsEncodeToTheNearestEven() {
        for (float value : neighbourhoods(FLOAT16)) {
            int expected = FLOAT16.encode(value);
            if ((HalfFloats.toFloat16(value) & 0xffff) != expected) {
                assertThat(HalfFloats.toFloat16(value) & 0xffff).as("%a", value).isEqualTo(expected);
            }
        }
    }

    @Test
    void everyBfloat16ValueAndItsNeighboursAndMidpointsEncodeToTheNearestEven() {
        for (float value : neighbourhoods(BFLOAT16)) {
            int expected = BFLOAT16.encode(value);
            if ((HalfFloats.toBfloat16(value) & 0xffff) != expected) {
                assertThat(HalfFloats.toBfloat16(value) & 0xffff)
                        .as("%a", value)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void randomBitPatternsEncodeToTheNearestEven() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (!Float.isNaN(value)) {
                assertThat(HalfFloats.toFloat16(value) & 0xffff).as("%a", value).isEqualTo(FLOAT16.encode(value));
                assertThat(HalfFloats.toBfloat16(value) & 0xffff)
                        .as("%a", value)
                        .isEqualTo(BFLOAT16.encode(value));
            }
        }
    }

    @Test
    void aNanStaysANanWhateverItsPayload() {
        for (int bits : new int[] {0x7fc00000, 0x7f800001, 0x7f80ffff, 0xffc00000, 0xff800001, 0x7fffffff, -1}) {
            float nan = Float.intBitsToFloat(bits);
            assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(nan))).isNaN();
            assertThat(HalfFloats.fromBfloat16(HalfFloats.toBfloat16(nan))).isNaN();
        }
    }

    @Test
    void whatIsTooLargeOverflowsToInfinityOfItsSign() {
        assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(65519.996f))).isEqualTo(65504f);
        assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(65520f))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(-65520f))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(Float.MAX_VALUE)))
                .isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(HalfFloats.fromBfloat16(HalfFloats.toBfloat16(-Float.MAX_VALUE)))
                .isEqualTo(Float.NEGATIVE_INFINITY);
    }

    private static void assertSame(int bits, float actual, float expected) {
        if (Float.floatToIntBits(actual)
                != Float.floatToIntBits(expected)) { // one canonical NaN; zeros keep their sign
            assertThat(actual).as("0x%04x", bits).isEqualTo(expected);
        }
    }

    /** Every finite value of the format, the midpoint to the next one, and the float32 beside each of them. */
    private static List<Float> neighbourhoods(Format format) {
        List<Float> values = new ArrayList<>();
        for (int bits = 0; bits < format.infinity(); bits++) {
            float value = format.decode(bits);
            float next = bits + 1 == format.infinity() ? 2 * value - format.decode(bits - 1) : format.decode(bits + 1);
            float midpoint = (float) (((double) value + next) / 2);
            for (float centre : new float[] {value, midpoint}) {
                for (float near : new float[] {Math.nextDown(centre), centre, Math.nextUp(centre)}) {
                    values.add(near);
                    values.add(-near);
                }
            }
        }
        return values;
    }

    /** A binary floating-point format by its definition, in exact decimal arithmetic. */
    private record Format(int exponentBits, int fractionBits) {
        int infinity() {
            return (1 << exponentBits) - 1 << fractionBits;
        }

        int bias() {
            return (1 << exponentBits - 1) - 1;
        }

        float decode(int bits) {
            int sign = bits >>> 15;
            int exponent = bits >>> fractionBits & (1 << exponentBits) - 1;
            int fraction = bits & (1 << fractionBits) - 1;
            if (exponent == (1 << exponentBits) - 1) {
                return fraction != 0 ? Float.NaN : sign == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
            }
            double significand = (exponent == 0 ? 0 : 1) + fraction / (double) (1 << fractionBits);
            double magnitude = significand * Math.pow(2, Math.max(exponent, 1) - bias());
            return (float) (sign == 0 ? magnitude : -magnitude);
        }

        /** Rounds |value| to a whole number of units in the last place, ties to even: bit patterns count in these units. */
        int encode(float value) {
            int sign = Float.floatToRawIntBits(value) < 0 ? 1 << 15 : 0;
            if (Float.isInfinite(value)) {
                return sign | infinity();
            }
            if (value == 0) {
                return sign;
            }
            int exponent = Math.max(Math.getExponent(value), 1 - bias());
            int scale = exponent - fractionBits; // of the unit in the last place
            BigDecimal units = scale >= 0
                    ? new BigDecimal(Math.abs((double) value))
                            .divide(BigDecimal.valueOf(2).pow(scale))
                    : new BigDecimal(Math.abs((double) value))
                            .multiply(BigDecimal.valueOf(2).pow(-scale));
            int rounded = units.setScale(0, RoundingMode.HALF_EVEN).intValueExact();
            // A carry into the next exponent, and from the largest value to infinity, is the next bit pattern.
            int pattern = (exponent - (1 - bias()) << fractionBits) + rounded;
            return sign | Math.min(pattern, infinity());
        }
    }
}
