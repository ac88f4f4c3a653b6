package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.exposition.HttpSecurity;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.topology.CollapseMonitor;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.monitor.topology.MonitorConfig.Guarantee;
import dev.collapsemonitor.monitor.topology.MonitorConfig.StateSettings;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.command.KafkaOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code monitor}: the Streams application, until it is told to stop. */
@Command(
        name = "monitor",
        description = "Turns what trainers publish into metrics, served over HTTP, until Ctrl-C. Several monitors with"
                + " one application id share the work.")
final class MonitorCommand implements Callable<Integer> {
    private static final Duration FAILURE_POLL = Duration.ofMillis(500);

    @Spec
    private CommandSpec spec;

    @Mixin
    private KafkaOptions kafka;

    @Mixin
    private HttpSecurityOptions http;

    @Option(
            names = "--http-host",
            paramLabel = "H",
            defaultValue = "127.0.0.1",
            description = "Address to serve HTTP on; 0.0.0.0 for all (default: ${DEFAULT-VALUE}).")
    private String httpHost;

    @Option(
            names = "--http-port",
            paramLabel = "P",
            defaultValue = "8080",
            description = "Port of page, API and /metrics; 0 picks a free one (default: ${DEFAULT-VALUE}).")
    private int httpPort;

    @Option(
            names = "--state-dir",
            paramLabel = "D",
            defaultValue = "state",
            description = "Directory of state; one per monitor, kept across restarts (default: ${DEFAULT-VALUE}).")
    private Path stateDirectory;

    @Option(
            names = "--application-id",
            paramLabel = "A",
            defaultValue = "collapse-monitor",
            description = "Name of the group that shares the work (default: ${DEFAULT-VALUE}).")
    private String applicationId;

    @Option(
            names = "--advertised-url",
            paramLabel = "U",
            description = "URL under which other monitors reach this one (default: http://HOST:PORT, with this"
                    + " machine's address for 0.0.0.0).")
    private String advertisedUrl;

    @Option(names = "--threads", paramLabel = "N", description = "Stream threads (default: one per core).")
    private Integer threads;

    @Option(
            names = "--rolling-half-life",
            paramLabel = "SAMPLES",
            defaultValue = "4096",
            description = "Rolling mode: samples of a layer after which an older one counts half"
                    + " (default: ${DEFAULT-VALUE}).")
    private double rollingHalfLife;

    @Option(
            names = "--rolling-every",
            paramLabel = "STEPS",
            defaultValue = "10",
            description = "Rolling mode: steps between two results, at least (default: ${DEFAULT-VALUE}).")
    private long rollingEverySteps;

    @Option(
            names = "--rolling-interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Rolling mode: time between two results of a layer, at least (default: ${DEFAULT-VALUE}).")
    private double rollingIntervalSeconds;

    @Option(
            names = "--max-state-bytes",
            paramLabel = "N",
            defaultValue = "2147483648",
            description = "Memory for the statistics of open snapshots and what goes with them, one run at most half of"
                    + " it; beyond, new snapshots are rejected (default: ${DEFAULT-VALUE}).")
    private long maxStateBytes;

    @Option(
            names = "--processing-guarantee",
            paramLabel = "G",
            defaultValue = "at_least_once",
            description = "How Kafka Streams processes, ${COMPLETION-CANDIDATES}; results are exact with both"
                    + " (default: ${DEFAULT-VALUE}).")
    private Guarantee guarantee;

    @Option(
            names = "--standby-replicas",
            paramLabel = "N",
            defaultValue = "0",
            description = "Copies of the state on other monitors, which then take over faster"
                    + " (default: ${DEFAULT-VALUE}).")
    private int standbyReplicas;

    @Option(
            names = "--snapshot-grace",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "Time that an incomplete snapshot waits for its next part while the monitor keeps up with its"
                    + " topics; then it is emitted with its coverage (default: ${DEFAULT-VALUE}).")
    private double snapshotGraceSeconds;

    @Mixin
    private LimitOptions limits;

    @Mixin
    private PhaseOptions phases;

    @Override
    public Integer call() {
        if (threads != null && threads < 1) {
            throw new UserException("--threads " + threads + " is too few; at least 1 is needed");
        }
        requirePositive("--rolling-half-life", rollingHalfLife);
        requirePositive("--rolling-every", rollingEverySteps);
        requirePositive("--rolling-interval", rollingIntervalSeconds);
        requirePositive("--snapshot-grace", snapshotGraceSeconds);
        if (maxStateBytes < 1 << 20) {
            throw new UserException("--max-state-bytes " + maxStateBytes + " is too few; at least 1048576 are needed");
        }
        if (standbyReplicas < 0) {
            throw new UserException("--standby-replicas " + standbyReplicas + " is too few; at least 0 is needed");
        }
        HttpSecurity security = http.read();
        int port = Ports.require("--http-port", httpHost, httpPort);
        PrintWriter err = spec.commandLine().getErr();
        String warning = HttpSecurityOptions.warning(httpHost, security);
        if (!warning.isEmpty()) {
            err.println("warning: " + warning);
        }
        try (Termination termination = Termination.onSignal();
                TopicAdmin topics = new TopicAdmin(kafka.bootstrap(), kafka.settings());
                CollapseMonitor monitor = CollapseMonitor.open(config(port, security))) {
            String url =
                    (security.keystore().isPresent() ? "https://" : "http://") + httpHost + ":" + monitor.httpPort();
            spec.commandLine().getOut().println("monitor serves at " + url + " (metrics at " + url + "/metrics)");
            if (ensureTopics(topics, termination, err)) {
                topics.close();
                monitor.run();
                if (termination.poll(() -> monitor.failure().isPresent(), FAILURE_POLL)) {
                    throw monitor.failure().orElseThrow();
                }
            }
            err.println("closing");
        }
        return 0;
    }

    private MonitorConfig config(int port, HttpSecurity security) {
        return new MonitorConfig(
                kafka.bootstrap(),
                applicationId,
                stateDirectory,
                httpHost,
                port,
                advertisedUrl == null ? "" : advertisedUrl,
                threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                new RollingSettings(
                        rollingHalfLife,
                        rollingEverySteps,
                        Duration.ofMillis(Math.round(rollingIntervalSeconds * 1000))),
                new StateSettings(
                        maxStateBytes,
                        guarantee,
                        standbyReplicas,
                        Duration.ofMillis(Math.round(snapshotGraceSeconds * 1000))),
                limits.limits(),
                phases.settings(),
                kafka.settings(),
                security);
    }

    private static void requirePositive(String option, double value) {
        if (!(value > 0)) {
            throw new UserException(option + " " + value + " is not a positive number");
        }
    }

    /** Waits for a broker as long as it takes; returns false when the wait was ended. */
    private boolean ensureTopics(TopicAdmin topics, Termination termination, PrintWriter err) {
        boolean said = false;
        while (!termination.isRequested()) {
            if (topics.brokerAnswers()) {
                try {
                    topics.ensure(OptionalInt.empty(), TopicAdmin.BROKER_DEFAULT_REPLICATION);
                    return true;
                } catch (UserException e) {
                    if (!(e.getCause() instanceof TimeoutException)) {
                        throw e;
                    }
                    // It went away again.
                }
            }
            if (!said) {
                err.println("no Kafka broker answers at " + kafka.bootstrap() + " yet; waiting for it");
                said = true;
            }
        }
        return false;
    }
}
