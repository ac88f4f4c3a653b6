package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.export.DescriptorRow;
import dev.collapsemonitor.standalone.export.ExperimentFiles;
import dev.collapsemonitor.standalone.export.ExperimentRows;
import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.export.Selection;
import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.document.Document;
import dev.collapsemonitor.standalone.report.study.DefaultStudy;
import dev.collapsemonitor.standalone.report.study.Study;
import dev.collapsemonitor.standalone.report.study.StudyFile;
import dev.collapsemonitor.trainer.settings.PropertiesFile;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code report}: figures and tables of an experiment. */
@Command(
        name = "report",
        sortOptions = false,
        description = {
            "Figures and tables of an experiment, as one HTML file and as Markdown with SVG files: mean and spread over"
                    + " the seeds of every setting, from the topics (--bootstrap) or from files of `export --all`"
                    + " (--input). No monitor is needed.",
            "A setting is what varies between the runs but for the seed. Attempts of a run that was resumed are one"
                    + " curve.",
        },
        footer = {
            "",
            "What is shown follows from the data, unless the file given with --study, a sweep file, says it below the key"
                    + " report: sections (a list, or the key sections beside title and text), each with title, text,"
                    + " figures and tables, shown in the order of the file. Keys of a figure or table:",
            "  kind           curves, heat-map, profile, spectrum, forecast or table (that is: in tables)",
            "  metric(s)      names as exported, loss, accuracy, learning_rate, or made of such with + - * / and"
                    + " parentheses, perhaps with a label: share = mse_loss_perp/(mse_loss_nc1 + mse_loss_nc23)",
            "  layer          a name, or all (a panel each). Default: the classifier; a spectrum: all",
            "  split, mode    train or test; snapshot or rolling. Default: train, snapshot",
            "  where          hyper-parameters with a value or a list of values: which runs",
            "  by             the hyper-parameters that make a setting. Default: those that vary but for the seed",
            "  x              curves, forecast: step, epoch, decay-budget (sum of learning rate times weight decay, over 1 -"
                    + " momentum where decay is coupled) or loss",
            "  x, y           heat-map: two hyper-parameters",
            "  at             table, profile, heat-map: end, best (lowest train loss) or {loss: 0.1}: where the train"
                    + " loss first falls to that level, straight against its logarithm between snapshots",
            "  log-x, log-y   true or false. Default: log-y where positive values span more than two decades",
            "  normalised     spectrum: true divides by the largest singular value",
            "  title, caption what to call it and what to say first below it",
        })
public final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--study",
            paramLabel = "FILE",
            description = "The sweep file of the experiment, YAML: names the experiment and may say what to show.")
    private Path study;

    @Option(
            names = "--experiment",
            paramLabel = "X",
            description = "The experiment. Default: that of --study; with --input, the only one in the files.")
    private String experiment;

    @Option(names = "--bootstrap", paramLabel = "B", description = "Kafka brokers to ask first, HOST:PORT,... .")
    private String bootstrap;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description = "Further settings of the Kafka client, NAME=VALUE lines in Kafka's names, as for export.")
    private Path kafkaConfig;

    @Option(
            names = "--input",
            paramLabel = "DIR",
            description = "Directory of files that `export --all` wrote (.jsonl, or .jsonl.gz), instead of Kafka.")
    private Path input;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            required = true,
            description = "Directory for " + ReportFiles.HTML + ", " + ReportFiles.MARKDOWN + " and the figures; made"
                    + " if it is not there, figures of an earlier report in it are removed.")
    private Path output;

    @Option(
            names = "--only",
            paramLabel = "ID",
            description = "Only this figure or table, such as figure-2; may be given several times. Default: all.")
    private Set<String> only = Set.of();

    @Option(
            names = "--commit",
            paramLabel = "C",
            description =
                    "What the head of the report says the runs were made with. Default: the version of this build.")
    private String commit;

    @Override
    public Integer call() {
        Optional<StudyFile> file = Optional.ofNullable(study).map(StudyFile::read);
        ExperimentRows rows = rows(file.map(StudyFile::experiment));
        Experiment loaded = Experiment.of(experiment(file, rows), rows);
        Study shown = file.flatMap(StudyFile::study).orElseGet(() -> DefaultStudy.of(loaded));
        Document document = Report.of(loaded, shown, command(loaded.name()), build(), new TreeSet<>(only));
        ReportFiles.write(document, output);
        PrintWriter out = spec.commandLine().getOut();
        out.println(output.resolve(ReportFiles.HTML));
        out.println(output.resolve(ReportFiles.MARKDOWN));
        out.flush();
        return 0;
    }

    private ExperimentRows rows(Optional<String> ofStudy) {
        if (input != null) {
            if (!Files.isDirectory(input)) {
                throw new UserException(
                        "--input " + input + " is no directory; name one that `./collapse export --all` wrote");
            }
            return ExperimentFiles.read(input);
        }
        if (bootstrap == null) {
            throw new UserException("it is not said where the results are; give --bootstrap HOST:PORT, or --input DIR"
                    + " with the files of `./collapse export --all DIR`");
        }
        String wanted = Optional.ofNullable(experiment)
                .or(() -> ofStudy)
                .orElseThrow(() -> new UserException("it is not said what to report on; give --experiment or --study"));
        Map<String, String> settings =
                kafkaConfig == null ? Map.of() : PropertiesFile.read("--kafka-config", kafkaConfig);
        Selection all = new Selection(
                Set.of(),
                Optional.of(wanted),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                false);
        return ExperimentRows.ofTopics(
                bootstrap,
                KafkaSettings.merged(settings, System.getenv()),
                spec.commandLine().getErr(),
                all);
    }

    private String experiment(Optional<StudyFile> file, ExperimentRows rows) {
        if (experiment != null || file.isPresent()) {
            return experiment != null ? experiment : file.get().experiment();
        }
        Set<String> names = Stream.concat(
                        rows.descriptors().stream().map(DescriptorRow::experiment),
                        rows.results().stream().map(ResultRow::experiment))
                .collect(Collectors.toCollection(TreeSet::new));
        if (names.size() > 1) {
            throw new UserException(
                    "--input " + input + " holds several experiments; choose one with --experiment: " + names);
        }
        return names.iterator().next();
    }

    /** As others can type it: no path of this machine. */
    private Invocation command(String name) {
        boolean said = study != null && experiment == null;
        String file = study == null ? "" : "--study " + (study.isAbsolute() ? study.getFileName() : study);
        String chosen = said ? "" : "--experiment " + name;
        return new Invocation((file + " " + chosen).strip() + (commit == null ? "" : " --commit " + commit));
    }

    private String build() {
        if (commit != null) {
            return "commit " + commit;
        }
        String version = ReportCommand.class.getPackage().getImplementationVersion();
        return version == null ? "not from a jar" : "version " + version;
    }
}
