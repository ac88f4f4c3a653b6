package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Classes of the labels of a CSV file: integers in numeric order ("1" and "1.0" are the same), else names in alphabetic
 * order.
 *
 * @param labels in [0, classes)
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
record CsvLabels(int[] labels, List<String> classNames) {
    // Integers beyond are not exact as double.
    private static final double LARGEST_LABEL = 1L << 53;

    static CsvLabels of(CsvTable table) {
        List<String> cells = table.labels();
        if (table.header() instanceof CsvHeader.Counts counts) {
            return announced(table, counts.classNames());
        }
        if (cells.stream().allMatch(CsvNumber::isNumber)) {
            List<Long> values = integers(table);
            List<Long> classes = new ArrayList<>(new TreeSet<>(values));
            return indexed(table.file(), values, classes);
        }
        return indexed(table.file(), cells, new ArrayList<>(new TreeSet<>(cells)));
    }

    private static <T> CsvLabels indexed(Path file, List<T> values, List<T> classes) {
        if (classes.size() < 2) {
            throw new UserException(file + ": the label column holds one class only, " + classes.get(0)
                    + "; name the label column with its name or position");
        }
        Map<T, Integer> index = new HashMap<>();
        for (T value : classes) {
            index.put(value, index.size());
        }
        return new CsvLabels(
                values.stream().mapToInt(index::get).toArray(),
                classes.stream().map(String::valueOf).toList());
    }

    /** Labels are positions in the names that the file's first line lists. */
    private static CsvLabels announced(CsvTable table, List<String> classNames) {
        int[] labels = new int[table.labels().size()];
        for (int i = 0; i < labels.length; i++) {
            String cell = table.labels().get(i);
            double value = CsvNumber.isNumber(cell) ? Double.parseDouble(cell) : Double.NaN;
            // NaN and fractions differ from what they round to.
            if (value != Math.rint(value) || value < 0 || value >= classNames.size()) {
                throw new UserException(table.file() + ", line " + table.lines()[i] + ": label " + cell
                        + ", but the first line lists " + classNames.size() + " classes, 0 to "
                        + (classNames.size() - 1));
            }
            labels[i] = (int) value;
        }
        return new CsvLabels(labels, classNames);
    }

    private static List<Long> integers(CsvTable table) {
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < table.labels().size(); i++) {
            double value = Double.parseDouble(table.labels().get(i));
            if (value != Math.rint(value) || Math.abs(value) > LARGEST_LABEL) {
                throw new UserException(table.file() + ", line " + table.lines()[i] + ": label "
                        + table.labels().get(i)
                        + " is neither an integer nor a name; name the label column with its name or position");
            }
            values.add((long) value);
        }
        return values;
    }
}
