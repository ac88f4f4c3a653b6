package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.command.DemoRuns;
import dev.collapsemonitor.trainer.command.MeasureOverheadCommand;
import dev.collapsemonitor.trainer.command.PublishCommand;
import dev.collapsemonitor.trainer.command.TrainCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** What the trainer module supplies: its commands and the runs of the demo. The one place that names its classes. */
final class TrainerCommands {
    private static final String BUILT_IN = "strokes";

    private TrainerCommands() {}

    static void addTo(CommandLine root) {
        root.addSubcommand(new TrainCommand());
        root.addSubcommand(new SweepCommand());
        root.addSubcommand(new PublishCommand());
        root.addSubcommand(new MeasureOverheadCommand());
    }

    /**
     * The runs that show the contrast on a data set.
     *
     * @param dataset its name; empty for the built-in one
     * @param dataDirectory of its files; null for data sets without files
     * @throws UserException when the data set is unknown or its directory is missing
     */
    static List<DemoRun> demoRuns(String dataset, Path dataDirectory) {
        String name = dataset.isEmpty() ? BUILT_IN : dataset;
        if (dataDirectory != null && !Files.isDirectory(dataDirectory)) {
            throw new UserException("--data-dir " + dataDirectory + " is not a directory; name the one with the files");
        }
        List<DemoRun> runs = new ArrayList<>();
        for (String run : DemoRuns.runs()) {
            List<String> arguments = new ArrayList<>(DemoRuns.arguments(run, name));
            if (!name.equals(BUILT_IN)) {
                if (dataDirectory == null) {
                    throw new UserException("--dataset " + name + " needs --data-dir, the directory with its files");
                }
                arguments.addAll(List.of("--data-dir", dataDirectory.toString()));
            }
            runs.add(new DemoRun(run, arguments));
        }
        return runs;
    }
}
