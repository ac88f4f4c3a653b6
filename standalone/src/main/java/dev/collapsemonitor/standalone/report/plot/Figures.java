package dev.collapsemonitor.standalone.report.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them, the same in every locale. */
public final class Figures {
    private Figures() {}

    /** To three significant digits, {@code –} for NaN: {@code 0.0123}, {@code 1.7e-5}, {@code 23500}. */
    public static String of(double value) {
        return of(value, 3);
    }

    /** To some significant digits. */
    public static String of(double value, int digits) {
        if (Double.isNaN(value)) {
            return "–";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "∞" : "−∞";
        }
        if (value == 0) {
            return "0";
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        double size = Math.abs(rounded.doubleValue());
        if (size < 1e-3 || size >= 1e6) {
            return String.format(Locale.ROOT, "%." + (digits - 1) + "e", value)
                    .replaceFirst("\\.?0*e([+-])0*(\\d)", "e$1$2")
                    .replace("e+", "e");
        }
        return rounded.scale() > 0 ? rounded.stripTrailingZeros().toPlainString() : rounded.toPlainString();
    }

    /** A number that is round already, such as one beside a tick. */
    static String label(double value) {
        return of(value, 4);
    }
}
