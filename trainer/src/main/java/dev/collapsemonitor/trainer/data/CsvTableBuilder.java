package dev.collapsemonitor.trainer.data;

import com.fasterxml.jackson.databind.MappingIterator;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects the rows of a CSV file and checks every cell. */
final class CsvTableBuilder {
    private final Path file;
    private final LabelColumn labelColumn;
    private final List<String> labels = new ArrayList<>();
    private CsvHeader header = new CsvHeader.None();
    private float[] features = new float[1024];
    private int filled;
    private int[] lines = new int[64];
    private int width = -1;
    private int label;

    CsvTableBuilder(Path file, LabelColumn labelColumn) {
        this.file = file;
        this.labelColumn = labelColumn;
    }

    CsvTable read(MappingIterator<List<String>> rows) throws IOException {
        boolean first = true;
        while (rows.hasNextValue()) {
            // The parser stands at the last cell of the line, since a line end in quotes may come before.
            List<String> row = rows.nextValue();
            int line = rows.getParser().currentTokenLocation().getLineNr();
            if (first) {
                first = false;
                begin(row, line);
                if (!(header instanceof CsvHeader.None)) {
                    continue;
                }
            }
            add(row, line);
        }
        if (labels.isEmpty()) {
            throw new UserException(file + " holds no rows; give a CSV file of features with a label column");
        }
        CsvTable table = new CsvTable(
                file,
                header,
                width - 1,
                Arrays.copyOf(features, filled),
                List.copyOf(labels),
                Arrays.copyOf(lines, labels.size()));
        if (header instanceof CsvHeader.Counts counts
                && counts.rows() != table.labels().size()) {
            throw new UserException(file + " is truncated or damaged: its first line announces " + counts.rows()
                    + " rows, but " + table.labels().size() + " are there; copy it again");
        }
        return table;
    }

    private void begin(List<String> row, int line) {
        header = CsvHeader.of(row, labelColumn instanceof LabelColumn.Named);
        width = header instanceof CsvHeader.Counts counts ? counts.features() + 1 : row.size();
        if (width < 2) {
            throw new UserException(file + ", line " + line
                    + ": one column, but features and a label column, separated by" + " commas, are expected");
        }
        label = labelPosition(row);
    }

    private int labelPosition(List<String> first) {
        if (labelColumn instanceof LabelColumn.Named named) {
            int position = first.indexOf(named.name());
            if (position < 0) {
                throw new UserException(file + " has no column " + named.name() + "; its first line has "
                        + abbreviated(String.join(", ", first)));
            }
            return position;
        }
        if (labelColumn instanceof LabelColumn.Position at) {
            if (at.position() > width) {
                throw new UserException(
                        file + " has no label column " + at.position() + "; its columns are 1 to " + width);
            }
            return at.position() - 1;
        }
        return width - 1;
    }

    private void add(List<String> row, int line) {
        if (row.size() != width) {
            throw new UserException(file + ", line " + line + ": " + row.size() + " columns, but " + width
                    + " are expected; mend or remove the line");
        }
        if (lines.length == labels.size()) {
            lines = Arrays.copyOf(lines, 2 * lines.length);
        }
        if (features.length - filled < width) {
            features = Arrays.copyOf(features, Math.max(features.length + width, grown()));
        }
        lines[labels.size()] = line;
        for (int column = 0; column < width; column++) {
            String cell = row.get(column);
            if (CsvNumber.isMissing(cell)) {
                throw wrong(line, column, "a value is missing (" + quoted(cell) + ")");
            }
            if (column == label) {
                labels.add(cell);
            } else {
                features[filled++] = number(cell, line, column);
            }
        }
    }

    private int grown() {
        return (int) Math.min(Integer.MAX_VALUE - 8L, 2L * features.length);
    }

    private float number(String cell, int line, int column) {
        if (!CsvNumber.isNumber(cell)) {
            throw wrong(line, column, quoted(cell) + " is not a number");
        }
        float value = Float.parseFloat(cell);
        if (!Float.isFinite(value)) {
            throw wrong(line, column, quoted(cell) + " is beyond the range of float");
        }
        return value;
    }

    private UserException wrong(int line, int column, String what) {
        String title = header instanceof CsvHeader.Names names
                ? " (" + abbreviated(names.names().get(column)) + ")"
                : "";
        String expected = column == label ? "a label" : "a finite number";
        return new UserException(file + ", line " + line + ", column " + (column + 1) + title + ": " + what + ", but "
                + expected + " is expected; mend or remove the line");
    }

    private static String quoted(String cell) {
        return "'" + abbreviated(cell) + "'";
    }

    private static String abbreviated(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= 80 ? line : line.substring(0, 77) + "...";
    }
}
