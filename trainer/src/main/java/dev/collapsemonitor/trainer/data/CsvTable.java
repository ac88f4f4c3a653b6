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
                return new CsvTableBuilder(file, labelColumn).read(rows);
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
}
