package dev.collapsemonitor.standalone.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.collapsemonitor.protocol.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Rows as lines of JSON, one object each, and back. Every number comes back as it was, NaN and infinities (as strings, since
 * JSON has none) included.
 */
public final class JsonLines {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            // Escaped, it survives a terminal or a pipe of any encoding.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            // A file of a newer build may say more, but never less than what makes a row.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    private JsonLines() {}

    /** Writes rows: records such as {@link ResultRow}. */
    static void write(List<? extends Record> rows, Writer out) throws IOException {
        for (Record row : rows) {
            try {
                out.write(MAPPER.writeValueAsString(row));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
            out.write('\n');
        }
    }

    /**
     * Reads a file that {@code export} wrote, or what gzip made of it ({@code .gz}).
     *
     * @throws UserException naming file and line that cannot be read
     */
    public static <R extends Record> List<R> read(Path file, Class<R> kind) {
        ObjectReader reader = MAPPER.readerFor(kind);
        List<R> rows = new ArrayList<>();
        try (BufferedReader lines = open(file)) {
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine(), number++) {
                if (!line.isBlank()) {
                    rows.add(row(reader, line, file, number));
                }
            }
        } catch (IOException e) {
            throw new UserException(file + " cannot be read (" + e + ")", e);
        }
        return rows;
    }

    private static BufferedReader open(Path file) throws IOException {
        if (!file.toString().endsWith(".gz")) {
            return Files.newBufferedReader(file);
        }
        return new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8));
    }

    private static <R> R row(ObjectReader reader, String line, Path file, int number) {
        try {
            return reader.readValue(line);
        } catch (JsonProcessingException e) {
            throw new UserException(
                    file + ", line " + number + " is no row of an export (" + e.getOriginalMessage()
                            + "); write the file again with `./collapse export --format jsonl`",
                    e);
        }
    }
}
