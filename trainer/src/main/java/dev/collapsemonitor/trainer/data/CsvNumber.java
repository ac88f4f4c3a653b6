package dev.collapsemonitor.trainer.data;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Cells of CSV files as numbers. */
final class CsvNumber {
    // Narrower than Double.parseDouble, which also takes "1d" and hexadecimals.
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Set<String> MISSING = Set.of("", "?", "na", "n/a", "nan", "null");

    private CsvNumber() {}

    static boolean isNumber(String cell) {
        return NUMBER.matcher(cell).matches();
    }

    /** Whether a cell says that there is no value. */
    static boolean isMissing(String cell) {
        return MISSING.contains(cell.toLowerCase(Locale.ROOT));
    }
}
