package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.monitor.exposition.HttpServer;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.exposition.Readiness;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.UserException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
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
    private final KafkaStreams streams;
    private final HttpServer http;

    private CollapseMonitor(MonitorConfig config) {
        Clock clock = Clock.systemUTC();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        MonitorMetrics metrics = new MonitorMetrics(registry);
        registry.getPrometheusRegistry().register(new RunCollector(runs, clock));
        MonitorMetrics.ownedRuns(registry, runs);
        Blas.load(); // before the first record waits for it
        streams = new KafkaStreams(
                MonitorTopology.build(
                        () -> new LayerProcessor(metrics, config.rolling()), () -> new RunProcessor(runs, metrics)),
                StreamsSettings.of(config));
        streams.setUncaughtExceptionHandler(exception -> {
            log.error("a stream thread failed and is replaced", exception);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        http = new HttpServer(config.httpHost(), config.httpPort(), runs, registry, this::readiness, clock);
    }

    /**
     * Starts an instance; it is ready when {@link #ready()} says so. The topics must exist.
     *
     * @throws UserException when the HTTP port is in use
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

    /** Stops in order: the group is left, so that the other instances take over at once. */
    @Override
    public void close() {
        http.close();
        streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(CLOSE_TIMEOUT));
    }
}
