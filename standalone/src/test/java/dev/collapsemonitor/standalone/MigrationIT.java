package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.topology.CollapseMonitor;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.monitor.topology.MonitorConfig.Guarantee;
import dev.collapsemonitor.monitor.topology.MonitorConfig.StateSettings;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshots under way follow their tasks from one monitor to another and back, with standby copies and without. */
class MigrationIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 6;
    private static final int RUNS = 12;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}, {1} standby copies")
    @CsvSource({"AT_LEAST_ONCE, 0", "AT_LEAST_ONCE, 1", "EXACTLY_ONCE_V2, 1"})
    void aSnapshotUnderWayFollowsItsTask(Guarantee guarantee, int standbys) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(0, directory.resolve("broker"));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
                topics.ensure(OptionalInt.of(4), TopicAdmin.BROKER_DEFAULT_REPLICATION);
            }
            List<List<ProducerRecord<byte[], byte[]>>> slices = slices();
            StateSettings state = new StateSettings(1 << 30, guarantee, standbys);
            CollapseMonitor first = monitor(broker, "first", state);
            send(producer, slices.get(0));
            awaitCommitted(broker, slices, 1);
            try (CollapseMonitor second = monitor(broker, "second", state)) {
                send(producer, slices.get(1));
                awaitCommitted(broker, slices, 2);
                first.close();
                // A member that is expected back keeps its tasks for the session timeout.
                send(producer, slices.get(2));
                awaitCommitted(broker, slices, 3);
                try (CollapseMonitor third = monitor(broker, "first", state)) {
                    send(producer, slices.get(3));
                    await().atMost(LiveMonitor.PATIENCE)
                            .until(() -> KillIT.results(broker, "run").size() == RUNS);
                }
            }
            Collection<LayerResult> results = KillIT.results(broker, "run").values();
            LayerResult any = results.iterator().next();
            assertThat(results).allSatisfy(result -> {
                assertThat(result.getCoverage()).isEqualTo(1);
                MetricsAgreement.assertAgree(result.getRun(), result.getMetricsMap(), any.getMetricsMap(), 1e-9);
            });
        }
    }

    /** One snapshot of every run, cut into four. */
    private static List<List<ProducerRecord<byte[], byte[]>>> slices() {
        List<List<ProducerRecord<byte[], byte[]>>> slices = new ArrayList<>();
        for (int slice = 0; slice < 4; slice++) {
            List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                List<ProducerRecord<byte[], byte[]>> all = LAYER.records("run " + run, 1, 1, PARTS);
                records.addAll(all.subList(slice * all.size() / 4, (slice + 1) * all.size() / 4));
            }
            slices.add(records);
        }
        return slices;
    }

    private CollapseMonitor monitor(EmbeddedBroker broker, String name, StateSettings state) {
        CollapseMonitor monitor = CollapseMonitor.start(new MonitorConfig(
                broker.bootstrap(),
                "moving",
                directory.resolve(name),
                EmbeddedBroker.HOST,
                0,
                "",
                2,
                RollingSettings.DEFAULT,
                state,
                MonitorConfig.Limits.DEFAULT,
                Map.of("commit.interval.ms", "200", "probing.rebalance.interval.ms", "60000")));
        await().atMost(LiveMonitor.PATIENCE).until(monitor::ready);
        return monitor;
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
            throws ExecutionException, InterruptedException {
        for (ProducerRecord<byte[], byte[]> record : records) {
            producer.send(record).get();
        }
    }

    /** Waits until the offsets of everything that was sent are committed. */
    private static void awaitCommitted(
            EmbeddedBroker broker, List<List<ProducerRecord<byte[], byte[]>>> slices, int sent) {
        Map<String, Long> expected = slices.subList(0, sent).stream()
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(ProducerRecord::topic, Collectors.counting()));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets("moving")
                        .partitionsToOffsetAndMetadata()
                        .get();
                expected.forEach((topic, count) -> assertThat(offsets.entrySet().stream()
                                .filter(entry -> entry.getKey().topic().equals(topic))
                                .mapToLong(entry -> entry.getValue().offset())
                                .sum())
                        .isEqualTo(count));
            });
        }
    }
}
