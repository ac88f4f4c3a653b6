package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.topology.CollapseMonitor;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demo}: broker, monitor and two runs, SGD and AdamW, side by side. */
@Command(
        name = "demo",
        description =
                "Shows collapse emerging: starts a broker and the monitor, trains one network with SGD and one with"
                        + " AdamW, and prints their metrics as they come. Page and /metrics stay up until Ctrl-C.")
final class DemoCommand implements Callable<Integer> {
    // Two runs on a few keys: more partitions would only make the start slower.
    private static final int PARTITIONS = 4;
    private static final Duration POLL_INTERVAL = Duration.ofMillis(250);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            defaultValue = "",
            description =
                    "Data to train on, e.g. mnist, fashion-mnist (default: the built-in one, which needs no files).")
    private String dataset;

    @Option(names = "--data-dir", paramLabel = "D", description = "Directory of the data set's files.")
    private Path dataDirectory;

    @Option(names = "--exit-when-done", description = "End when both runs are finished, instead of on Ctrl-C.")
    private boolean exitWhenDone;

    @Option(
            names = "--json",
            description =
                    "Print the first and the last metrics of each run as JSON on standard output; the table goes to"
                            + " standard error.")
    private boolean json;

    @Option(
            names = "--http-port",
            paramLabel = "P",
            defaultValue = "8080",
            description = "Port of page, API and /metrics; 0 picks a free one (default: ${DEFAULT-VALUE}).")
    private int httpPort;

    @Option(
            names = "--kafka-port",
            paramLabel = "P",
            defaultValue = "9092",
            description = "Port of the broker; 0 picks a free one (default: ${DEFAULT-VALUE}).")
    private int kafkaPort;

    @Override
    public Integer call() {
        // What can be wrong with the request is found out before anything starts.
        int http = Ports.require("--http-port", EmbeddedBroker.HOST, httpPort);
        int kafka = Ports.require("--kafka-port", EmbeddedBroker.HOST, kafkaPort);
        List<DemoRun> runs = TrainerCommands.demoRuns(dataset, dataDirectory);

        PrintWriter progress = spec.commandLine().getErr();
        progress.println("starting Kafka on port " + kafka + " and the monitor on port " + http);
        try (Termination termination = Termination.onSignal();
                TemporaryDirectory directory = TemporaryDirectory.create();
                EmbeddedBroker broker = EmbeddedBroker.start(kafka, directory.resolve("broker"));
                CollapseMonitor monitor = startMonitor(broker, http, directory)) {
            String url = "http://" + EmbeddedBroker.HOST + ":" + monitor.httpPort();
            progress.println("page     " + url + "/");
            progress.println("metrics  " + url + "/metrics");
            progress.println("api      " + url + "/api/runs");
            try (TrainingProcesses trainings =
                    TrainingProcesses.start(runs, broker.bootstrap(), directory, termination)) {
                watch(runs, new MonitorClient(url), trainings, termination);
            }
            if (!exitWhenDone && !termination.isRequested()) {
                progress.println("done; page and /metrics stay up until Ctrl-C");
                termination.await();
            }
        }
        return 0;
    }

    private static CollapseMonitor startMonitor(EmbeddedBroker broker, int port, TemporaryDirectory directory) {
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(PARTITIONS), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        return CollapseMonitor.start(new MonitorConfig(
                broker.bootstrap(),
                "collapse-demo",
                directory.resolve("state"),
                EmbeddedBroker.HOST,
                port,
                "http://" + EmbeddedBroker.HOST + ":" + port,
                // The training runs need the cores more.
                1,
                RollingSettings.DEFAULT,
                MonitorConfig.StateSettings.DEFAULT,
                MonitorConfig.Limits.DEFAULT,
                Map.of()));
    }

    private void watch(List<DemoRun> runs, MonitorClient client, TrainingProcesses trainings, Termination termination) {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter progress = spec.commandLine().getErr();
        LiveTable table = new LiveTable(json ? progress : out);
        List<String> names = runs.stream().map(DemoRun::run).toList();
        DemoWatch watch = new DemoWatch(names, client, trainings::areFinished, table, System::nanoTime);
        if (!termination.poll(watch::isDone, POLL_INTERVAL)) {
            return;
        }
        DemoResult result = new DemoResult(watch.histories());
        if (json) {
            out.println(result.toJson());
        } else {
            out.println();
            out.println(result.toText());
        }
    }
}
