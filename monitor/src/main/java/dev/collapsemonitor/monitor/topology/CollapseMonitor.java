package dev.collapsemonitor.monitor.topology;

import dev.collapsemonitor.clients.KafkaRefusal;
import dev.collapsemonitor.monitor.exposition.HttpServer;
import dev.collapsemonitor.monitor.exposition.MonitorMetrics;
import dev.collapsemonitor.monitor.exposition.Peers;
import dev.collapsemonitor.monitor.exposition.PlatformMetrics;
import dev.collapsemonitor.monitor.exposition.Readiness;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.layer.StateBudget;
import dev.collapsemonitor.monitor.linalg.Blas;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.UserException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One monitor instance: the Streams application and its HTTP. */
public final class CollapseMonitor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CollapseMonitor.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

    private static final Duration HEALTH_CHECK = Duration.ofSeconds(1);

    private final RunDirectory runs;
    private final AtomicReference<UserException> failure = new AtomicReference<>();
    private final String bootstrap;
    private final InstanceId instance;
    private final KafkaStreams streams;
    private final HttpServer http;
    private final PlatformMetrics platform;
    private final ScheduledExecutorService healthChecks = Executors.newSingleThreadScheduledExecutor(daemon());

    private boolean wasReady; // of the health checks' thread

    // HTTP is up before the stream is made: others are told the port that was found free.
    private volatile Supplier<Readiness> readiness = () -> new Readiness(true, false, "starting");
    private volatile Peers peers = Peers.NONE;
    private volatile BooleanSupplier counted = () -> true;

    private CollapseMonitor(MonitorConfig config) {
        bootstrap = config.bootstrap();
        runs = new RunDirectory(config.limits().runs());
        StateBudget budget = new StateBudget(config.state().maxBytes());
        instance = InstanceId.claim(config.stateDir());
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        PlatformMetrics.filter(registry);
        MonitorMetrics metrics = new MonitorMetrics(registry);
        RunCollector collector = new RunCollector(runs, config.limits().keptAfterEnd());
        registry.getPrometheusRegistry()
                .register((MultiCollector) () -> counted.getAsBoolean() ? collector.collect() : new MetricSnapshots());
        MonitorMetrics.ownedRuns(registry, runs);
        MonitorMetrics.stateMemory(registry, budget);
        StreamsClients clients = new StreamsClients();
        Blas.load(); // before the first record waits for it
        try {
            http = new HttpServer(
                    config.httpHost(),
                    config.httpPort(),
                    config.httpSecurity(),
                    runs,
                    registry,
                    () -> readiness.get(),
                    () -> peers);
        } catch (RuntimeException e) {
            instance.close();
            throw e;
        }
        try {
            AdvertisedUrl url = config.advertisedUrl().isEmpty()
                    ? AdvertisedUrl.of(config.httpSecurity().keystore().isPresent(), config.httpHost(), http.port())
                    : AdvertisedUrl.parse(config.advertisedUrl());
            Properties settings = StreamsSettings.of(config, instance.value());
            settings.putIfAbsent(StreamsConfig.APPLICATION_SERVER_CONFIG, url.hostAndPort());
            streams = new KafkaStreams(
                    MonitorTopology.build(
                            () -> new LayerProcessor(
                                    metrics,
                                    config.rolling(),
                                    budget,
                                    config.state().grace(),
                                    config.limits().records(),
                                    clients),
                            () -> new RunProcessor(
                                    runs, metrics, config.limits().records(), clients, config.phases()),
                            () -> new RejectProcessor(runs),
                            LayerStore.builder(metrics)),
                    settings,
                    clients);
            StreamCounts counts = new StreamCounts(streams::metrics, CollapseMonitor::monotonicMillis);
            MonitorMetrics.lag(registry, topic -> counts.lag(topic.topicName()));
            platform = new PlatformMetrics(registry, streams);
            observe(
                    config,
                    new GroupContact(
                            StreamsSettings.sessionTimeoutMillis(settings),
                            CollapseMonitor::monotonicMillis,
                            counts::members),
                    url);
        } catch (RuntimeException e) {
            http.close();
            instance.close();
            throw e;
        }
    }

    private void observe(MonitorConfig config, GroupContact contact, AdvertisedUrl url) {
        streams.setUncaughtExceptionHandler(this::answer);
        RestoreProgress restore = new RestoreProgress();
        streams.setGlobalStateRestoreListener(restore);
        Health health = new Health(
                config.bootstrap(),
                streams::state,
                restore,
                contact,
                () -> config.threads() - streams.metadataForLocalThreads().size(),
                CollapseMonitor::monotonicMillis);
        peers = new StreamPeers(streams, url);
        counted = contact::holds;
        readiness = () -> failure()
                .map(why -> new Readiness(false, false, why.getMessage()))
                .orElseGet(health::now);
        healthChecks.scheduleWithFixedDelay(
                this::checkHealth, HEALTH_CHECK.toMillis(), HEALTH_CHECK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Goes on while the process is stopped, and never back. */
    private static long monotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void checkHealth() {
        try {
            boolean now = ready();
            if (now != wasReady) {
                wasReady = now;
                log.info(now ? "ready" : "not ready: {}", readiness.get().detail());
            }
        } catch (RuntimeException e) {
            log.debug("health could not be told", e); // thrown on, it would end the checks
        }
    }

    private static ThreadFactory daemon() {
        return task -> {
            Thread thread = new Thread(task, "health");
            thread.setDaemon(true);
            return thread;
        };
    }

    /** What one thread could not do, another may; but what a user has to mend is not tried for ever. */
    private StreamThreadExceptionResponse answer(Throwable exception) {
        Optional<UserException> mendable = mendable(exception);
        if (mendable.isPresent()) {
            log.info("the monitor cannot go on", exception); // whoever started it says why, in one line
            failure.compareAndSet(null, mendable.get());
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        log.error("a stream thread failed and is replaced", exception);
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private Optional<UserException> mendable(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserException e) {
                return Optional.of(e);
            }
        }
        return KafkaRefusal.explain(exception, bootstrap);
    }

    /**
     * Serves HTTP, and processes nothing before {@link #run}; no broker is needed yet.
     *
     * @throws UserException when the HTTP port or the state directory is in use
     */
    public static CollapseMonitor open(MonitorConfig config) {
        return new CollapseMonitor(config);
    }

    /** Starts to process; ready when {@link #ready()} says so. The topics must exist. */
    public void run() {
        streams.start();
    }

    /**
     * Opens and runs an instance.
     *
     * @throws UserException when the HTTP port or the state directory is in use
     */
    public static CollapseMonitor start(MonitorConfig config) {
        CollapseMonitor monitor = open(config);
        monitor.run();
        return monitor;
    }

    /** The port that HTTP listens on. */
    public int httpPort() {
        return http.port();
    }

    /** Whether records are processed. */
    public boolean ready() {
        return readiness.get().ready();
    }

    /** Why the monitor has given up, once it has: something that trying again does not mend. */
    public Optional<UserException> failure() {
        return Optional.ofNullable(failure.get());
    }

    /**
     * Stops in order. The group is not left: a restart goes on at once with the same tasks; when none comes, the others
     * take over after the session timeout.
     */
    @Override
    public void close() {
        http.close();
        healthChecks.shutdownNow();
        platform.close();
        streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                .withTimeout(CLOSE_TIMEOUT));
        instance.close();
    }
}
