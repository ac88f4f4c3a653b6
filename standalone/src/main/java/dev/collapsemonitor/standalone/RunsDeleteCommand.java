package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.RunTopics.Described;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import dev.collapsemonitor.trainer.settings.NearestName;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.RecordMetadata;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code runs delete}: has the monitors forget a run. */
@Command(
        name = "delete",
        description =
                "Deletes a run: its descriptor, its state in the monitors and its series. A run of the same name that"
                        + " is published later starts afresh. Results stay on collapse.metrics until they expire.")
final class RunsDeleteCommand implements Callable<Integer> {
    /** The monitor commits a deletion at once, when it has caught up with it. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Spec
    private CommandSpec spec;

    @Mixin
    private KafkaOptions kafka;

    @Parameters(paramLabel = "RUN", description = "Name of the run.")
    private String run;

    @Option(
            names = "--application-id",
            paramLabel = "A",
            defaultValue = MonitorConfig.DEFAULT_APPLICATION_ID,
            description = "Name of the group of monitors to wait for (default: ${DEFAULT-VALUE}).")
    private String applicationId;

    @Option(
            names = "--force",
            description =
                    "Deletes a run that is still publishing, too: until it is described again, what it publishes is"
                            + " ignored.")
    private boolean force;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (RunTopics topics = new RunTopics(kafka.bootstrap(), kafka.settings())) {
            Map<String, Described> known = topics.described();
            Described described = known.get(run);
            if (described == null) {
                throw new UserException("there is no run \"" + run + "\" at " + kafka.bootstrap()
                        + (known.isEmpty() ? ", nor any other" : NearestName.hint(run, known.keySet())));
            }
            if (!force && topics.isPublishing(described.descriptor())) {
                throw new UserException(
                        "run " + run + " is still publishing; stop its training first, or delete it with" + " --force");
            }
            RecordMetadata tombstone = topics.delete(run);
            if (!topics.isMonitored(applicationId)) {
                out.println("run " + run + " is marked as deleted; no monitor of application id " + applicationId
                        + " is running: the next one forgets it");
                return 0;
            }
            spec.commandLine().getErr().println("waiting until the monitor has forgotten run " + run);
            if (!topics.awaitForgotten(run, tombstone, applicationId, PATIENCE)) {
                throw new UserException("run " + run + " is marked as deleted, but the monitor of application id "
                        + applicationId + " has not confirmed it within " + PATIENCE.toSeconds()
                        + " s; it does when it has caught up: see its /health/ready");
            }
            out.println("run " + run + " is deleted");
        }
        return 0;
    }
}
