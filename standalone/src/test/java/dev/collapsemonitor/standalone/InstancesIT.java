package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.topology.CollapseMonitor;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.monitor.topology.MonitorConfig.StateSettings;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Several monitors, and monitors without a broker, as those see them who ask over HTTP. */
class InstancesIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTITIONS = 6;
    /** The shortest that a broker permits. */
    private static final Map<String, String> QUICK = Map.of(
            "consumer.session.timeout.ms", "6000",
            "consumer.heartbeat.interval.ms", "500",
            "commit.interval.ms", "500");

    /** Enough that every instance of three has some. */
    private static final Set<String> RUNS =
            new TreeSet<>(IntStream.range(0, 24).mapToObj(i -> "run é " + i).toList());

    @TempDir
    private Path directory;

    @Test
    void httpIsUpBeforeTheBrokerIsAndSaysWhatIsMissing() throws Exception {
        int kafka = Ports.free();
        int port = Ports.free();
        try (CollapseProcess process = CollapseProcess.start(
                directory,
                "monitor",
                "--bootstrap",
                "127.0.0.1:" + kafka,
                "--http-port",
                "" + port,
                "--state-dir",
                directory.resolve("state").toString())) {
            process.awaitOut("monitor serves at http://127.0.0.1:" + port);
            MonitorHttp monitor = MonitorHttp.onPort(port);
            assertThat(monitor.live()).isTrue();
            HttpResponse<String> ready = monitor.get("/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).isEqualTo("no Kafka broker at 127.0.0.1:" + kafka + " has answered yet\n");
            assertThat(monitor.json("/api/runs")).isEmpty();
            assertThat(monitor.get("/metrics").body()).contains("collapse_runs 0.0");

            try (EmbeddedBroker broker = EmbeddedBroker.start(kafka, directory.resolve("broker"))) {
                await().atMost(LiveMonitor.PATIENCE).until(monitor::ready);
                publish(broker, Set.of("r"));
                await().atMost(LiveMonitor.PATIENCE)
                        .until(() -> monitor.exported().contains("r"));
                process.terminate();
                assertThat(process.status()).isZero();
            }
        }
    }

    @Test
    void anyOfThreeInstancesAnswersForAllAndEachRunIsExportedByOne() throws Exception {
        try (EmbeddedBroker broker = broker(0);
                CollapseMonitor first = monitor(broker, "first");
                CollapseMonitor second = monitor(broker, "second")) {
            CollapseMonitor third = monitor(broker, "third");
            List<MonitorHttp> three = List.of(http(first), http(second), http(third));
            publish(broker, RUNS);
            await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
                List<String> exported = exportedBy(three);
                assertThat(exported).doesNotHaveDuplicates();
                assertThat(new HashSet<>(exported)).isEqualTo(RUNS);
                three.forEach(one -> assertThat(one.exported()).as(one.url()).isNotEmpty());
            });
            for (MonitorHttp one : three) {
                HttpResponse<String> list = one.get("/api/runs");
                assertThat(list.headers().firstValue("Collapse-Unreachable")).isEmpty();
                assertThat(one.listed()).isEqualTo(RUNS);
                for (String run : RUNS) {
                    String path = "/api/runs/"
                            + URLEncoder.encode(run, StandardCharsets.UTF_8).replace("+", "%20");
                    assertThat(one.json(path).path("run").asText()).isEqualTo(run);
                    JsonNode history = one.json(path + "/history?layer=fc&mode=snapshot");
                    assertThat(history).as(one.url() + path).hasSize(1);
                }
                assertThat(one.get("/api/runs/none").statusCode()).isEqualTo(404);
            }

            third.close();
            MonitorHttp left = http(first);
            HttpResponse<String> list = left.get("/api/runs");
            assertThat(list.statusCode()).isEqualTo(200);
            assertThat(list.headers().firstValue("Collapse-Unreachable"))
                    .contains(three.get(2).url());
            await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
                assertThat(left.listed()).isEqualTo(RUNS);
                assertThat(left.get("/api/runs").headers().firstValue("Collapse-Unreachable"))
                        .isEmpty();
            });
            assertThat(new TreeSet<>(exportedBy(three.subList(0, 2)))).isEqualTo(RUNS);
        }
    }

    @Test
    void duringAnOutageOfTheBrokerNothingIsExportedAndAfterwardsAllOfIt() throws Exception {
        EmbeddedBroker broker = broker(0);
        try (CollapseMonitor instance = monitor(broker, "only")) {
            MonitorHttp monitor = http(instance);
            publish(broker, Set.of("a", "b"));
            await().atMost(LiveMonitor.PATIENCE).until(() -> monitor.exported().equals(Set.of("a", "b")));

            broker.close();
            await().atMost(LiveMonitor.PATIENCE).until(() -> !monitor.ready());
            assertThat(monitor.get("/health/ready").body())
                    .startsWith("Kafka at " + broker.bootstrap() + " has not answered for a session timeout");
            assertThat(monitor.live()).isTrue();
            assertThat(monitor.exported()).isEmpty();
            assertThat(monitor.get("/metrics").body()).contains("collapse_records_total");
            assertThat(monitor.listed())
                    .as("the API still tells what was known")
                    .containsExactly("a", "b");

            broker = broker(broker.port());
            await().atMost(LiveMonitor.PATIENCE).until(monitor::ready);
            assertThat(monitor.exported()).isEqualTo(Set.of("a", "b"));
            publish(broker, Set.of("c"));
            await().atMost(LiveMonitor.PATIENCE).until(() -> monitor.exported().contains("c"));
        } finally {
            broker.close();
        }
    }

    /** It knows of nothing when it goes on, and has in its memory the runs that others export by then. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGSTOP")
    void aMonitorThatWasStoppedExportsNoRunThatAnotherTookOver() throws Exception {
        Path settings = directory.resolve("kafka.properties");
        List<String> lines = new ArrayList<>();
        QUICK.forEach((name, value) -> lines.add(name + "=" + value));
        Files.write(settings, lines);
        int port = Ports.free();
        try (EmbeddedBroker broker = broker(0);
                CollapseProcess process = CollapseProcess.start(
                        directory,
                        "monitor",
                        "--bootstrap",
                        broker.bootstrap(),
                        "--http-port",
                        "" + port,
                        "--application-id",
                        "instances",
                        "--kafka-config",
                        settings.toString(),
                        "--state-dir",
                        directory.resolve("stopped").toString())) {
            process.awaitOut("monitor serves at");
            MonitorHttp stopped = MonitorHttp.onPort(port);
            await().atMost(LiveMonitor.PATIENCE).until(stopped::ready);
            try (CollapseMonitor instance = monitor(broker, "other")) {
                MonitorHttp other = http(instance);
                publish(broker, RUNS);
                await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
                    assertThat(stopped.exported()).isNotEmpty();
                    assertThat(other.exported()).isNotEmpty();
                    assertThat(new TreeSet<>(exportedBy(List.of(stopped, other))))
                            .isEqualTo(RUNS);
                });

                process.pause();
                await().atMost(LiveMonitor.PATIENCE)
                        .until(() -> other.exported().equals(RUNS));
                process.resume();
                await().atMost(LiveMonitor.PATIENCE).until(() -> {
                    Set<String> both = stopped.exported();
                    both.retainAll(other.exported());
                    both.retainAll(stopped.exported()); // else it moved between the scrapes
                    assertThat(both).isEmpty();
                    return !stopped.exported().isEmpty();
                });
                await().atMost(LiveMonitor.PATIENCE).until(stopped::ready);
            }
        }
    }

    private static List<String> exportedBy(List<MonitorHttp> monitors) {
        return monitors.stream().flatMap(monitor -> monitor.exported().stream()).toList();
    }

    private EmbeddedBroker broker(int port) {
        EmbeddedBroker broker = EmbeddedBroker.start(port, directory.resolve("broker"));
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(PARTITIONS), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        return broker;
    }

    private CollapseMonitor monitor(EmbeddedBroker broker, String name) {
        CollapseMonitor monitor = CollapseMonitor.start(new MonitorConfig(
                broker.bootstrap(),
                "instances",
                directory.resolve(name),
                EmbeddedBroker.HOST,
                0,
                "",
                1,
                RollingSettings.DEFAULT,
                StateSettings.DEFAULT,
                MonitorConfig.Limits.DEFAULT,
                QUICK));
        await().atMost(LiveMonitor.PATIENCE).until(monitor::ready);
        return monitor;
    }

    private static MonitorHttp http(CollapseMonitor monitor) {
        return MonitorHttp.onPort(monitor.httpPort());
    }

    /** One complete snapshot of each run. */
    private static void publish(EmbeddedBroker broker, Set<String> runs) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (String run : runs) {
                for (ProducerRecord<byte[], byte[]> record : LAYER.records(run, 1, 1, 1)) {
                    producer.send(record).get();
                }
            }
        }
    }
}
