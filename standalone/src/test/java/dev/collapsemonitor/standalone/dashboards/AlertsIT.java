package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.standalone.CollapseProcess;
import dev.collapsemonitor.standalone.LiveMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole way, with nothing made up but the place where messages go: networks that train, a broker, a monitor, Prometheus
 * with our rules, Alertmanager with our configuration. Some run to their end, one is killed, one hangs, one fails. The place
 * where messages go is down while all this happens.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AlertsIT {
    private static final int EPOCHS = 60;
    private static final int SNAPSHOT_EVERY = 5;
    private static final int GROUP_INTERVAL_SECONDS = 3;

    /** Above what an alert waits for before it fires, twice; alerts of this length exist to be waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    @TempDir
    static Path folder;

    private static LiveMonitor live;
    private static WebhookStub sink;
    private static AlertmanagerProcess alertmanager;
    private static PrometheusProcess prometheus;

    @BeforeAll
    static void start() throws Exception {
        Binaries.require("prometheus"); // before a broker and a monitor are started in vain
        Binaries.require("prometheus-alertmanager");
        live = LiveMonitor.start(folder);
        sink = new WebhookStub();
        alertmanager = AlertmanagerProcess.start(folder, sink.port(), GROUP_INTERVAL_SECONDS);
        prometheus = PrometheusProcess.start(
                Files.createDirectory(folder.resolve("prometheus")),
                live.httpPort(),
                OptionalInt.of(alertmanager.port()));
        hang();
        fail();
        kill();
        try (CollapseProcess sgd =
                        train("sgd", "--optimizer=sgd", "--momentum=0.9", "--lr=0.1", "--weight-decay=5e-3");
                CollapseProcess adamw = train("adamw", "--optimizer=adamw", "--lr=1e-3", "--weight-decay=0.5");
                CollapseProcess mse = train(
                        "mse", "--optimizer=sgd", "--momentum=0.9", "--lr=0.02", "--weight-decay=1e-3", "--loss=mse")) {
            for (CollapseProcess trainer : List.of(sgd, adamw, mse)) {
                await().atMost(PATIENCE).until(() -> !trainer.isAlive());
                assertThat(trainer.status()).as(trainer.err()).isZero();
            }
        }
    }

    @AfterAll
    static void stop() {
        // Null where Prometheus is absent and the tests are skipped.
        if (prometheus != null) {
            prometheus.close();
        }
        if (alertmanager != null) {
            alertmanager.close();
            sink.close();
        }
        if (live != null) {
            live.close();
        }
    }

    private static List<String> training(String run, String experiment, int epochs) {
        return List.of(
                "train",
                "--bootstrap=" + live.bootstrap(),
                "--run=" + run,
                "--experiment=" + experiment,
                "--train-samples=200",
                "--batch-size=20",
                "--widths=48,32,24",
                "--batch-norm=all",
                "--snapshot-samples=200",
                "--snapshot-test-samples=100",
                "--snapshot-every=" + SNAPSHOT_EVERY,
                "--elasticity-every=10",
                "--signals",
                "--epochs=" + epochs);
    }

    private static CollapseProcess train(String run, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(training(run, "contrast", EPOCHS));
        arguments.addAll(List.of(options));
        return CollapseProcess.start(
                folder, List.of(), Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1"), arguments);
    }

    /** A trainer that is killed in the middle, and promised to be heard of every two seconds. */
    private static void kill() throws Exception {
        List<String> arguments = new ArrayList<>(training("killed", "killed", 1_000_000));
        arguments.add("--heartbeat=2");
        try (CollapseProcess trainer = CollapseProcess.start(folder, List.of(), Map.of(), arguments)) {
            await().atMost(PATIENCE).until(() -> live.run("killed").path("step").asLong() > 0);
            trainer.kill();
        }
    }

    /** A trainer that says that it has begun, and then nothing. */
    private static void hang() {
        begin("hung");
    }

    /** A trainer that reports why it ended. */
    private static void fail() {
        begin("failed");
        live.send(
                Topic.PROGRESS,
                Keys.run("failed"),
                Progress.newBuilder()
                        .setRun("failed")
                        .setAttempt(1)
                        .setEvent(ProgressEvent.FAILED)
                        .setReason("out of memory")
                        .build());
    }

    private static void begin(String run) {
        live.send(
                Topic.RUNS,
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setExperiment(run)
                        .setAttempt(1)
                        .setHeartbeatIntervalMs(2_000)
                        .build());
        live.send(
                Topic.PROGRESS,
                Keys.run(run),
                Progress.newBuilder()
                        .setRun(run)
                        .setAttempt(1)
                        .setEvent(ProgressEvent.STARTED)
                        .build());
    }

    @Test
    @Order(1)
    void theMonitorProcessesEverythingWhileMessagesCannotBeSent() {
        for (String run : List.of("sgd", "adamw", "mse")) {
            live.awaitHistory(run, "classifier", EPOCHS / SNAPSHOT_EVERY + 1)
                    .forEach(snapshot ->
                            assertThat(snapshot.path("coverage").asDouble()).isEqualTo(1));
        }
        assertThat(prometheus.api().query("max_over_time(sum(collapse_records_rejected_total)[5m:1s]) > 0"))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    @Order(2)
    void everyPanelShowsDataOfRunsThatReallyTrain(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard).problems()).isEmpty();
    }

    @Test
    @Order(3)
    void adamwIsSaidNotToCollapseFully() {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(alertmanager.alerts("adamw")).containsAnyOf("CollapseExcluded", "PartialCollapse"));
    }

    @Test
    @Order(4)
    void runsThatEndedOtherwiseAreToldByTheirOwnAlert() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(alertmanager.alerts("killed")).containsExactly("RunSilent");
            assertThat(alertmanager.alerts("hung")).containsExactly("RunSilent");
            assertThat(alertmanager.alerts("failed")).containsExactly("RunFailed");
        });
    }

    /** Of each group one message was due; the sink was down, then had no room, and at last took it. */
    @Test
    @Order(5)
    void eachAlertIsToldOnceHoweverOftenItHadToBeTried() {
        sink.open();
        await().atMost(PATIENCE).until(() -> sink.turnedAway() >= 3);
        sink.accept();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(told())
                        .allSatisfy((run, count) -> assertThat(count).as(run).isPositive()));
        // Longer than Alertmanager waits between two messages on a group, twice.
        await().during(Duration.ofSeconds(2 * GROUP_INTERVAL_SECONDS + 1))
                .atMost(PATIENCE)
                .until(() -> told().values().stream().allMatch(count -> count == 1));
    }

    private static Map<String, Long> told() {
        return Map.of(
                "killed", sink.firing("RunSilent", "killed"),
                "hung", sink.firing("RunSilent", "hung"),
                "failed", sink.firing("RunFailed", "failed"));
    }

    @Test
    @Order(6)
    void nothingFiresForTheRunThatCollapses() {
        assertThat(alertmanager.alerts("sgd")).isEmpty();
        assertThat(prometheus.api().queryRange("ALERTS{run=\"sgd\"}", Duration.ofMinutes(5), Duration.ofSeconds(1)))
                .isEmpty();
        assertThat(Set.of("COLLAPSING", "COLLAPSED", "WARMING_UP"))
                .contains(live.run("sgd").path("phase").asText());
    }

    static List<Path> dashboards() {
        return Repository.dashboards();
    }
}
