package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.checkpoint.AtomicFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The three files of an experiment in one directory, each perhaps with {@code .gz} behind its name. */
public final class ExperimentFiles {
    static final String RESULTS = "results.jsonl";
    static final String PROGRESS = "progress.jsonl";
    static final String DESCRIPTORS = "descriptors.jsonl";

    private ExperimentFiles() {}

    /** Writes the files into a directory, which is made if it is not there. */
    public static void write(ExperimentRows rows, Path directory) {
        write(rows.results(), directory, RESULTS);
        write(rows.progress(), directory, PROGRESS);
        write(rows.descriptors(), directory, DESCRIPTORS);
    }

    private static void write(List<? extends Record> rows, Path directory, String name) {
        try {
            Files.createDirectories(directory);
            AtomicFile.write(directory.resolve(name), file -> {
                try (Writer out = Files.newBufferedWriter(file)) {
                    JsonLines.write(rows, out);
                }
            });
        } catch (IOException e) {
            throw new UserException(directory.resolve(name) + " cannot be written (" + e + ")", e);
        }
    }

    /**
     * Reads what {@code export --all} wrote. Without descriptors or progress there is less to say about the runs, but
     * something.
     *
     * @throws UserException when there are no results, or a file cannot be read
     */
    public static ExperimentRows read(Path directory) {
        List<ResultRow> results = rows(directory, RESULTS, ResultRow.class);
        if (results.isEmpty()) {
            throw new UserException(directory + " holds no results (" + RESULTS
                    + "); write them with `./collapse export --all " + directory + "`");
        }
        return new ExperimentRows(
                results.stream().sorted(ResultRow.ORDER).toList(),
                rows(directory, PROGRESS, ProgressRow.class).stream()
                        .sorted(ProgressRow.ORDER)
                        .toList(),
                rows(directory, DESCRIPTORS, DescriptorRow.class).stream()
                        .sorted(DescriptorRow.ORDER)
                        .toList());
    }

    private static <R extends Record> List<R> rows(Path directory, String name, Class<R> kind) {
        for (String ending : List.of("", ".gz")) {
            Path file = directory.resolve(name + ending);
            if (Files.isRegularFile(file)) {
                return JsonLines.read(file, kind);
            }
        }
        return List.of();
    }
}
