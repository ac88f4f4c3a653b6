package dev.collapsemonitor.standalone.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;

/** A directory of arrays and the command that analyzes them, in this process. */
final class AnalyzeFixture {
    private static final double TOLERANCE = 1e-6;

    private final Path directory;

    AnalyzeFixture(Path directory) {
        this.directory = directory;
    }

    /** Writes a file; returns its path. */
    String file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content).toString();
    }

    /** What the command prints on standard output. */
    static String run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = new CommandLine(new AnalyzeCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    throw e;
                })
                .execute(arguments);
        assertThat(err.toString()).isEmpty();
        assertThat(status).isZero();
        return out.toString();
    }

    static JsonNode json(String... arguments) {
        try {
            return new ObjectMapper().readTree(run(arguments));
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON", e);
        }
    }

    /** The metrics of the oracle are there with the same values; what it leaves undefined has no value. */
    static void assertAgrees(JsonNode actual, SlowMetrics.Result expected) {
        Map<String, String> differences = new TreeMap<>();
        for (String name : SlowMetrics.ALL) {
            JsonNode value = actual.path(name);
            if (!expected.has(name)) {
                // The engine counts the samples for the cosines too, where there are no predictions.
                if (value.isNumber() && !name.equals("nc4_samples")) {
                    differences.put(name, "expected none, got " + value);
                }
            } else if (!(value.isNumber()
                    && Math.abs(value.asDouble() - expected.get(name))
                            <= TOLERANCE * Math.abs(expected.get(name)) + 1e-14)) {
                differences.put(
                        name,
                        "expected " + expected.get(name) + ", got " + value + " "
                                + actual.path("undefined").path(name));
            }
        }
        assertThat(differences).isEmpty();
        actual.fields().forEachRemaining(field -> {
            if (field.getValue().isNull()) {
                assertThat(actual.path("undefined").path(field.getKey()).asText())
                        .as("reason of " + field.getKey())
                        .isNotBlank();
            }
        });
    }
}
