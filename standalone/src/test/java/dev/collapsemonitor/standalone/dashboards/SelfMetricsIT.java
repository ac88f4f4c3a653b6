package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.exposition.PlatformMetrics;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.standalone.Exposition;
import dev.collapsemonitor.standalone.LiveMonitor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a live monitor says about itself. */
class SelfMetricsIT {
    /** Kafka's own, times threads and clients; a monitor with a thread per core has some hundreds. */
    private static final int MOST_PLATFORM_SERIES = 400;

    @TempDir
    private static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory.resolve("live"));
        live.send(Topic.RUNS, Records.runKey(), Records.descriptor(1).build());
        live.send(Topic.PROGRESS, Records.runKey(), Records.heartbeat(1, 1, 0.5).build());
        live.send(Topic.WEIGHTS, Records.layerKey(), Records.weights(1).build());
        live.send(Topic.FEATURES, Records.layerKey(), Records.features(1, 0, 2).build());
        live.send(Topic.FEATURES, Records.layerKey(), Records.features(1, 1, 2).build());
        live.awaitHistory("r", "fc", 1);
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    /** The scrape that a Prometheus gets, with the series of a run, Kafka's and the JVM's. */
    @Test
    void promtoolFindsNothingToSay() throws Exception {
        Path scrape = Files.writeString(directory.resolve("scrape.txt"), live.scrapeText());
        assertThat(promtool(scrape)).isEmpty();
    }

    private static String promtool(Path scrape) throws IOException, InterruptedException {
        Path output = directory.resolve("promtool.out");
        int exit = new ProcessBuilder(Binaries.require("promtool").toString(), "check", "metrics")
                .redirectInput(scrape.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(exit).as(said).isZero();
        return said;
    }

    @Test
    void theWayOfOneSnapshotIsMeasured() {
        await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
            Exposition scrape = live.scrape();
            assertThat(scrape.value("collapse_publish_to_export_seconds_count")).isEqualTo(1);
            assertThat(scrape.value("collapse_publish_to_export_seconds_sum")).isBetween(0.0, 60.0);
            assertThat(scrape.value("collapse_snapshot_completeness_bucket", Map.of("le", "0.99")))
                    .isZero();
            assertThat(scrape.value("collapse_snapshot_completeness_bucket", Map.of("le", "1.0")))
                    .isEqualTo(1);
            for (Topic topic : Set.of(Topic.FEATURES, Topic.WEIGHTS, Topic.RUNS, Topic.PROGRESS, Topic.METRICS)) {
                assertThat(scrape.value("collapse_lag_records", Map.of("topic", topic.topicName())))
                        .as(topic.topicName())
                        .isZero();
            }
        });
    }

    @Test
    void whatKafkaAndTheJvmMeasureIsThereAndBounded() {
        Exposition scrape = live.scrape();
        Set<String> names = scrape.names();
        assertThat(names).containsAll(PlatformMetrics.kafkaNames());
        assertThat(names)
                .contains(
                        "jvm_memory_used_bytes",
                        "jvm_threads_live_threads",
                        "jvm_gc_memory_allocated_bytes_total",
                        "process_cpu_usage",
                        "process_uptime_seconds",
                        "process_files_open_files");
        Set<String> kafka = new TreeSet<>(names);
        kafka.removeIf(name -> !name.startsWith("kafka_"));
        assertThat(kafka).isEqualTo(new TreeSet<>(PlatformMetrics.kafkaNames()));
        assertThat(scrape.series())
                .filteredOn(series -> !series.name().startsWith("collapse_"))
                .hasSizeLessThan(MOST_PLATFORM_SERIES);
    }
}
