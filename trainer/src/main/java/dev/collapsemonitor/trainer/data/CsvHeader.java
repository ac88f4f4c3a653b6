package dev.collapsemonitor.trainer.data;

import java.util.List;

/** What the first line of a CSV file is. */
sealed interface CsvHeader {
    /** Data already. */
    record None() implements CsvHeader {}

    /** Names of the columns. */
    record Names(List<String> names) implements CsvHeader {}

    /** scikit-learn's line: numbers of rows and of features, then the names of classes 0, 1, … */
    record Counts(int rows, int features, List<String> classNames) implements CsvHeader {}

    /**
     * Tells which.
     *
     * @param named whether the label column is wanted by its name, so that the line must be a header
     */
    static CsvHeader of(List<String> line, boolean named) {
        if (named || line.stream().noneMatch(CsvNumber::isNumber)) {
            return new Names(line);
        }
        // A line of data has one cell at most that is no number, the label.
        int numbers = 2;
        if (line.size() >= numbers + 2
                && line.subList(0, numbers).stream().allMatch(cell -> cell.matches("\\d{1,9}"))
                && line.subList(numbers, line.size()).stream().noneMatch(CsvNumber::isNumber)) {
            return new Counts(
                    Integer.parseInt(line.get(0)),
                    Integer.parseInt(line.get(1)),
                    List.copyOf(line.subList(numbers, line.size())));
        }
        return new None();
    }
}
