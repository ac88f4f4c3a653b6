package dev.collapsemonitor.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.collapsemonitor.protocol.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The cells of a CSV file: features as numbers, labels as text.
 *
 * @param columns number of features
 * @param features rows x columns
 * @param labels one a row
 * @param lines line of the file that each row is on, from 1
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
record CsvTable(Path file, CsvHeader header, int columns, float[] features, List<String> labels, int[] lines) {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private static final ObjectReader READER = new CsvMapper()
            .readerForListOf(String.class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .with(CsvParser.Feature.TRIM_SPACES)
            .with(CsvParser.Feature.SKIP_EMPTY_LINES);

    /**
     * Reads a file to its end.
     *
     * @throws UserException naming line, column and what was expected there
     */
    static CsvTable read(Path file, InputStream input, LabelColumn labelColumn) throws IOException {
        // A decoder of one's own reports bytes that are no UTF-8 instead of replacing them.
        BufferedReader text = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8.newDecoder()));
        try {
            skipByteOrderMark(text);
            try (MappingIterator<List<String>> rows = READER.readValues(text)) {
                return new Builder(file, labelColumn).read(rows);
            }
        } catch (CharacterCodingException e) {
            throw new UserException(file + " is not a text file in UTF-8; give a CSV file", e);
        } catch (JsonProcessingException e) {
            throw new UserException(
                    file + ", line "
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": not CSV: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    private static void skipByteOrderMark(BufferedReader text) throws IOException {
        text.mark(1);
        if (text.read() != BYTE_ORDER_MARK) {
            text.reset();
        }
    }

    /** Collects rows. */
    private static final class Builder {
        private final Path file;
        private final LabelColumn labelColumn;
        private final List<String> labels = new ArrayList<>();
        private CsvHeader header = new CsvHeader.None();
        private float[] features = new float[1024];
        private int filled;
        private int[] lines = new int[64];
        private int width = -1;
        private int label;

        Builder(Path file, LabelColumn labelColumn) {
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
                    begin(row);
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

        private void begin(List<String> row) {
            header = CsvHeader.of(row, labelColumn instanceof LabelColumn.Named);
            width = header instanceof CsvHeader.Counts counts ? counts.features() + 1 : row.size();
            if (width < 2) {
                throw new UserException(file + ", line 1: one column, but features and a label column, separated by"
                        + " commas, are expected");
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
                        + " are expected, as on the first line; mend or remove the line");
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
            return new UserException(file + ", line " + line + ", column " + (column + 1) + title + ": " + what
                    + ", but " + expected + " is expected; mend or remove the line");
        }

        private static String quoted(String cell) {
            return "'" + abbreviated(cell) + "'";
        }

        private static String abbreviated(String text) {
            String line = text.replaceAll("\\p{Cntrl}", " ");
            return line.length() <= 80 ? line : line.substring(0, 77) + "...";
        }
    }
}
