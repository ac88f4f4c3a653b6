package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.standalone.export.DescriptorRow;
import java.util.Comparator;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The hyper-parameters of a run: those that its trainer named, and, for trainers that name none, those that follow from what
 * was declared.
 */
public final class HyperParameters {
    /** What tells repetitions of one setting apart. */
    public static final String SEED = "seed";

    /** Numbers by value before words by the alphabet. */
    static final Comparator<String> ORDER = Comparator.<String, Boolean>comparing(value -> !isNumber(value))
            .thenComparingDouble(value -> isNumber(value) ? Double.parseDouble(value) : 0)
            .thenComparing(Comparator.naturalOrder());

    private HyperParameters() {}

    static SortedMap<String, String> of(DescriptorRow row) {
        SortedMap<String, String> values = new TreeMap<>();
        putUnlessEmpty(values, "dataset", row.dataset());
        putUnlessEmpty(values, "loss", row.loss());
        putUnlessEmpty(values, "optimizer", row.optimizer());
        putUnlessEmpty(values, "coupling", row.coupling());
        putUnlessEmpty(values, "schedule", row.schedule());
        if (!row.optimizer().isEmpty()) {
            values.put("momentum", number(row.momentum()));
        }
        if (row.weightDecay() != null) {
            values.put("weight_decay", number(row.weightDecay()));
        }
        if (row.learningRate() > 0) {
            values.put("lr", number(row.learningRate()));
        }
        if (row.totalEpochs() > 0) {
            values.put("epochs", String.valueOf(row.totalEpochs()));
        }
        values.putAll(row.settings());
        values.replaceAll((key, value) -> shortened(value));
        return values;
    }

    /** Numbers as people write them: trainers in Java say 2.0E-4 for 2e-4. */
    private static String shortened(String value) {
        return isNumber(value) ? value.replaceFirst("\\.0+(?=$|[eE])", "").replace('E', 'e') : value;
    }

    private static void putUnlessEmpty(SortedMap<String, String> values, String key, String value) {
        if (!value.isEmpty()) {
            values.put(key, value);
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    /** As sweep files write it. */
    public static String display(String key) {
        return key.replace('_', '-');
    }

    /** Whether a value is a finite number. */
    public static boolean isNumber(String value) {
        try {
            return Double.isFinite(Double.parseDouble(value)) && !value.matches(".*[dDfF]");
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Whether two values are the same, {@code 1e-3} and {@code 0.001} included. */
    static boolean same(String left, String right) {
        return left.equals(right)
                || (isNumber(left) && isNumber(right) && Double.parseDouble(left) == Double.parseDouble(right));
    }
}
