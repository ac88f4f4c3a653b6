package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.HttpServer;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.exposition.Readiness;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.UserException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One monitor instance: the Streams application and its HTTP. */
public final class CollapseMonitor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CollapseMonitor.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

    private final RunDirectory runs = new RunDirectory();
    private final InstanceId instance;
    private final KafkaStreams streams;
    private final HttpServer http;

    private CollapseMonitor(MonitorConfig config) {
        StateBudget budget = new StateBudget(config.state().maxBytes());
        instance = InstanceId.claim(config.stateDir());
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        MonitorMetrics metrics = new MonitorMetrics(registry);
        registry.getPrometheusRegistry().register(new RunCollector(runs));
        MonitorMetrics.ownedRuns(registry, runs);
        MonitorMetrics.stateMemory(registry, budget);
        StreamsClients clients = new StreamsClients();
        Blas.load(); // before the first record waits for it
        try {
            streams = new KafkaStreams(
                    MonitorTopology.build(
                            () -> new LayerProcessor(
                                    metrics,
                                    config.rolling(),
                                    budget,
                                    config.state().grace(),
                                    clients),
                            () -> new RunProcessor(runs, metrics, clients),
                            LayerStore.builder(metrics)),
                    StreamsSettings.of(config, instance.value()),
                    clients);
            streams.setUncaughtExceptionHandler(CollapseMonitor::answer);
            http = new HttpServer(config.httpHost(), config.httpPort(), runs, registry, this::readiness);
        } catch (RuntimeException e) {
            instance.close();
            throw e;
        }
    }

    /** What one thread could not do, another may; but what a user has to mend is not tried for ever. */
    private static StreamThreadExceptionResponse answer(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserException) {
                log.error("the monitor cannot go on: {}", cause.getMessage(), exception);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
        }
        log.error("a stream thread failed and is replaced", exception);
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    /**
     * Starts an instance; it is ready when {@link #ready()} says so. The topics must exist.
     *
     * @throws UserException when the HTTP port or the state directory is in use
     */
    public static CollapseMonitor start(MonitorConfig config) {
        CollapseMonitor monitor = new CollapseMonitor(config);
        monitor.streams.start();
        return monitor;
    }

    /** The port that HTTP listens on. */
    public int httpPort() {
        return http.port();
    }

    /** Whether records are processed. */
    public boolean ready() {
        return readiness().ready();
    }

    private Readiness readiness() {
        State state = streams.state();
        boolean live = state != State.ERROR && state != State.PENDING_ERROR && state != State.NOT_RUNNING;
        return new Readiness(live, state == State.RUNNING, "Kafka Streams is " + state);
    }

    /**
     * Stops in order. The group is not left: a restart goes on at once with the same tasks; when none comes, the others
     * take over after the session timeout.
     */
    @Override
    public void close() {
        http.close();
        streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                .withTimeout(CLOSE_TIMEOUT));
        instance.close();
    }
}
