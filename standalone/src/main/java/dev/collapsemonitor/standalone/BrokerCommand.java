package dev.collapsemonitor.standalone;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code broker}: a Kafka for trying things out. */
@Command(
        name = "broker",
        description = "Runs a single-node Kafka on this machine for trying things out, until Ctrl-C. No replication and"
                + " no security: reachable from this machine only.")
final class BrokerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "9092",
            description = "Port to listen on; 0 picks a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--data-dir",
            paramLabel = "D",
            defaultValue = "data/broker",
            description = "Directory of its data, kept across restarts (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory;

    @Override
    public Integer call() {
        try (Termination termination = Termination.onSignal();
                EmbeddedBroker broker = EmbeddedBroker.start(port, dataDirectory)) {
            spec.commandLine().getOut().println("Kafka serves at " + broker.bootstrap() + ", data in " + dataDirectory);
            termination.await();
        }
        return 0;
    }
}
