package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code runs list}: one line a run. */
@Command(name = "list", description = "Lists the runs that were described: name, attempt, when, experiment, data set.")
final class RunsListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private KafkaOptions kafka;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (RunTopics topics = new RunTopics(kafka.bootstrap(), kafka.settings())) {
            topics.described().forEach((name, described) -> {
                RunDescriptor descriptor = described.descriptor();
                out.printf(
                        "%-30s attempt %-3d %s  %s%n",
                        name,
                        descriptor.getAttempt(),
                        described.when(),
                        String.join(
                                ", ",
                                descriptor.getExperiment().isEmpty() ? "no experiment" : descriptor.getExperiment(),
                                descriptor.getDataset().isEmpty() ? "no data set" : descriptor.getDataset()));
            });
        }
        return 0;
    }
}
