package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.trainer.checkpoint.AtomicFile;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code export}: results from the topic as JSON lines or CSV. */
@Command(
        name = "export",
        sortOptions = false,
        description = {
            "Writes the results of runs, as far as collapse.metrics holds them now (90 days), as JSON lines or CSV: one"
                    + " row per run, attempt, layer, mode, split and step, ordered so that each series is in one piece."
                    + " No monitor is needed.",
            "CSV has a column per metric, empty where it is undefined; JSON says why, too, and has the singular values."
                    + " Numbers read back as exactly what they were.",
        })
public final class ExportCommand implements Callable<Integer> {
    private static final String NEWEST = "newest";

    @Spec
    private CommandSpec spec;

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Option(
            names = "--format",
            paramLabel = "F",
            description = "${COMPLETION-CANDIDATES}. Default: csv when --output ends with .csv, else jsonl.")
    private Format format;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "File to write, replaced once it is complete. Default: standard output.")
    private Path output;

    @Option(
            names = "--run",
            paramLabel = "R",
            description = "Only these runs; may be given several times. Default: all.")
    private Set<String> runs = Set.of();

    @Option(names = "--experiment", paramLabel = "X", description = "Only runs of this experiment.")
    private String experiment;

    @Option(
            names = "--layer",
            paramLabel = "L",
            description = "Only these layers; may be given several times. Default: all.")
    private Set<String> layers = Set.of();

    @Option(names = "--mode", paramLabel = "M", description = "Only snapshot, or only rolling.")
    private String mode;

    @Option(names = "--split", paramLabel = "S", description = "Only train, or only test.")
    private String split;

    @Option(names = "--attempt", paramLabel = "N", description = "Only this attempt; newest: the last of each run.")
    private String attempt;

    @Option(
            names = "--progress",
            description = "Loss, accuracy and learning rate by step instead, from collapse.progress (7 days).")
    private boolean progress;

    @Option(
            names = "--descriptors",
            description = "What was declared of each run, and how it ended, instead: a JSON object per run, from"
                    + " collapse.runs.")
    private boolean descriptors;

    @Option(
            names = "--all",
            paramLabel = "DIR",
            description = "Results, progress and descriptors of all attempts at once, as "
                    + ExperimentFiles.RESULTS + ", " + ExperimentFiles.PROGRESS + " and " + ExperimentFiles.DESCRIPTORS
                    + " in this directory, which `report --input` reads.")
    private Path all;

    /** The ways to write rows. */
    private enum Format {
        JSONL,
        CSV;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Rows, ready to be written. */
    private interface Rows {
        void writeTo(Writer out) throws IOException;
    }

    @Override
    public Integer call() {
        Selection selection = selection();
        requireOneKind();
        if (all != null) {
            ExperimentFiles.write(
                    ExperimentRows.ofTopics(
                            kafka.bootstrap(),
                            kafka.settings(),
                            spec.commandLine().getErr(),
                            selection),
                    all);
            return 0;
        }
        if (output != null
                && output.toAbsolutePath().getParent() != null
                && !Files.isDirectory(output.toAbsolutePath().getParent())) {
            throw new UserException("--output " + output + ": there is no such directory; make it first");
        }
        Rows rows =
                descriptors ? descriptorRows(selection) : progress ? progressRows(selection) : resultRows(selection);
        try {
            if (output != null) {
                AtomicFile.write(output, file -> {
                    try (Writer out = Files.newBufferedWriter(file)) {
                        rows.writeTo(out);
                    }
                });
            } else {
                PrintWriter out = spec.commandLine().getOut();
                rows.writeTo(out);
                out.flush();
            }
        } catch (IOException e) {
            throw new UserException("--output " + output + " cannot be written (" + e + ")", e);
        }
        return 0;
    }

    private Rows resultRows(Selection selection) {
        List<ResultRow> rows = new ResultTopic(
                        kafka.bootstrap(), kafka.settings(), spec.commandLine().getErr())
                .read(selection);
        return isCsv() ? out -> CsvTable.ofResults(rows).write(rows, out) : out -> JsonLines.write(rows, out);
    }

    private Rows progressRows(Selection selection) {
        if (!layers.isEmpty() || mode != null || split != null) {
            throw new UserException("--progress is about whole runs; leave --layer, --mode and --split out");
        }
        List<ProgressRow> rows = new ProgressTopic(
                        kafka.bootstrap(), kafka.settings(), spec.commandLine().getErr())
                .read(selection);
        return isCsv() ? out -> CsvTable.ofProgress().write(rows, out) : out -> JsonLines.write(rows, out);
    }

    private Rows descriptorRows(Selection selection) {
        List<DescriptorRow> rows = new DescriptorTopic(
                        kafka.bootstrap(), kafka.settings(), spec.commandLine().getErr())
                .read(selection);
        return out -> JsonLines.write(rows, out);
    }

    private void requireOneKind() {
        if (progress && descriptors) {
            throw new UserException("--progress and --descriptors are two exports; leave one out, or take --all DIR");
        }
        boolean narrowed = !layers.isEmpty() || mode != null || split != null || attempt != null;
        if (descriptors && (narrowed || isCsv())) {
            throw new UserException("--descriptors are of the newest attempts of whole runs, as JSON lines; leave"
                    + " --layer, --mode, --split, --attempt and csv out");
        }
        if (all != null && (narrowed || progress || descriptors || output != null || format != null)) {
            throw new UserException(
                    "--all takes all there is of the runs, as JSON lines; leave everything but --run and"
                            + " --experiment out");
        }
    }

    private boolean isCsv() {
        if (format == null) {
            return output != null && output.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        }
        return format == Format.CSV;
    }

    private Selection selection() {
        try {
            runs.forEach(Names::requireRun);
            layers.forEach(Names::requireLayer);
        } catch (InvalidRecordException e) {
            throw new UserException(e.getMessage(), e);
        }
        return new Selection(
                runs,
                Optional.ofNullable(experiment),
                layers,
                Optional.ofNullable(mode).map(name -> choice("--mode", name, Mode.SNAPSHOT, Mode.ROLLING)),
                Optional.ofNullable(split).map(name -> choice("--split", name, Split.TRAIN, Split.TEST)),
                attempt == null || attempt.equals(NEWEST) ? OptionalInt.empty() : OptionalInt.of(attemptNumber()),
                NEWEST.equals(attempt));
    }

    private int attemptNumber() {
        if (!attempt.matches("[1-9]\\d{0,8}")) {
            throw new UserException("--attempt " + attempt + " is no attempt; give a number from 1, or " + NEWEST);
        }
        return Integer.parseInt(attempt);
    }

    private static <E extends Enum<E>> E choice(String option, String name, E first, E second) {
        for (E candidate : List.of(first, second)) {
            if (candidate.name().toLowerCase(Locale.ROOT).equals(name)) {
                return candidate;
            }
        }
        throw new UserException(option + " " + name + " is unknown; use "
                + first.name().toLowerCase(Locale.ROOT) + " or "
                + second.name().toLowerCase(Locale.ROOT));
    }
}
