package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code topics}: creates or verifies the topics. */
@Command(name = "topics", description = "Creates the topics that are missing and verifies those that exist.")
final class TopicsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private KafkaOptions kafka;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of every topic (default: as the existing ones, else 12).")
    private Integer partitions;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            defaultValue = "1",
            description = "Replicas of topics that are created; -1: the broker's default (default: ${DEFAULT-VALUE}).")
    private short replicationFactor;

    @Override
    public Integer call() {
        OptionalInt wanted = partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions);
        PrintWriter out = spec.commandLine().getOut();
        try (TopicAdmin topics = new TopicAdmin(kafka.bootstrap(), kafka.settings())) {
            for (TopicAdmin.Outcome outcome : topics.ensure(wanted, replicationFactor)) {
                out.printf(
                        "%-22s %-8s %d partitions%s%n",
                        outcome.topic().topicName(),
                        outcome.action().name().toLowerCase(Locale.ROOT),
                        outcome.partitions(),
                        outcome.differences().isEmpty()
                                ? ""
                                : "; kept as found: " + String.join(", ", outcome.differences()));
            }
        }
        return 0;
    }
}
