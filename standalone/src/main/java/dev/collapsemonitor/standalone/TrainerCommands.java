package dev.collapsemonitor.standalone;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * What the trainer module supplies: its commands and the runs of the demo. The one place that names its classes.
 *
 * <p>Temporary: until the trainer is merged, {@code train} is a stand-in that refuses.
 */
final class TrainerCommands {
    private TrainerCommands() {}

    static void addTo(CommandLine root) {
        root.addSubcommand("train", new TrainStandIn());
    }

    /**
     * The runs that show the contrast on a data set.
     *
     * @param dataset its name; empty for the built-in one
     * @param dataDirectory of its files; null for data sets without files
     */
    static List<DemoRun> demoRuns(String dataset, Path dataDirectory) {
        return List.of(
                new DemoRun("demo-sgd", List.of("--run", "demo-sgd")),
                new DemoRun("demo-adamw", List.of("--run", "demo-adamw")));
    }

    @Command(name = "train", description = "Not merged yet.")
    private static final class TrainStandIn implements Runnable {
        @CommandLine.Option(names = "--run")
        private String run;

        @CommandLine.Option(names = "--bootstrap")
        private String bootstrap;

        @Override
        public void run() {
            throw new dev.collapsemonitor.protocol.UserException(
                    "the trainer is not merged yet; cannot train " + run + " at " + bootstrap);
        }
    }
}
