package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.protocol.Topic;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Time from the start of a monitor whose predecessor was killed with SIGKILL until it has read back the state of all tasks and
 * processed a new record, with little and with much open state. Every snapshot that was open must then come out complete.
 */
final class RecoverySection implements Section {
    private static final int FEW_LAYERS = 5;
    private static final int MANY_LAYERS = 52;
    /** As many as fill what a layer retains of its samples, and one more, which closes the snapshot after the restart. */
    private static final int PARTS = 17;

    private static final int PARTITIONS = 12;
    private static final String MARKER = "recovery-new";
    private static final String CHANGELOG = MonitorConfig.DEFAULT_APPLICATION_ID + "-layer-state-changelog";
    private static final Duration POLL = Duration.ofMillis(500);

    /**
     * Bytes of a changelog.
     *
     * @param live of the last value of every key
     * @param all that a restore reads
     */
    private record Changelog(double live, double all) {}

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        measure(environment, report, "recovery_small", FEW_LAYERS);
        measure(environment, report, "recovery", MANY_LAYERS);
    }

    private static void measure(BenchEnvironment environment, BenchReport report, String name, int layers)
            throws Exception {
        MadeUpRun.Blocks blocks = MadeUpRun.Blocks.of(Features.ROWS, Features.DIMENSION);
        List<MadeUpRun> runs = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            runs.add(new MadeUpRun("recovery-" + i, 1, blocks));
        }
        int threads = Runtime.getRuntime().availableProcessors();
        Cluster cluster = Cluster.start(environment, name);
        try (Sender sender = new Sender(cluster.bootstrap(), 5)) {
            for (int part = 0; part < PARTS - 1; part++) {
                for (MadeUpRun run : runs) {
                    run.features(sender, 0, 1, part, PARTS, false);
                }
            }
            sender.flush();
            try (Cluster.Monitor first = cluster.committingMonitor(threads)) {
                Cluster.await("the commit", first.process(), () -> committed(cluster) == layers * (PARTS - 1));
                first.process().kill();
            }
            Changelog changelog = changelog(cluster);
            environment.say("killed with %.0f MB of open state", changelog.live() / 1e6);
            for (MadeUpRun run : runs) {
                run.features(sender, 0, 1, PARTS - 1, PARTS, false);
            }
            new MadeUpRun(MARKER, 1, blocks).features(sender, 0, 1, 0, 1, false);
            sender.flush();
            report.add(name + "_state_bytes", changelog.live());
            report.add(name + "_changelog_bytes", changelog.all());
            restart(cluster, report, name, layers, threads);
        } finally {
            cluster.removeData();
        }
    }

    private static void restart(Cluster cluster, BenchReport report, String name, int layers, int threads)
            throws Exception {
        long begin = System.nanoTime();
        try (Cluster.Monitor monitor = cluster.monitor(threads)) {
            Exposition exposition = new Exposition(monitor.url());
            double[] at = new double[2];
            Cluster.await("the recovery", monitor.process(), () -> {
                String text = exposition.read();
                double seconds = (System.nanoTime() - begin) / 1e9;
                if (at[0] == 0 && Exposition.count(text, "collapse_nc1{") > 0) {
                    at[0] = seconds;
                }
                if (at[1] == 0 && Exposition.sum(text, "collapse_restore_seconds_count") == PARTITIONS) {
                    at[1] = seconds;
                }
                return at[0] > 0 && at[1] > 0;
            });
            report.add(name + "_first_result_seconds", at[0]);
            report.add(name + "_restored_seconds", at[1]);
            report.add(name + "_seconds", Math.max(at[0], at[1]));
            Cluster.await("every snapshot", monitor.process(), () -> {
                String text = exposition.read();
                return Exposition.count(text, "collapse_nc1{") == layers + 1
                        && Exposition.sum(text, "collapse_snapshot_coverage{") == layers + 1;
            });
        }
    }

    /** Feature batches whose offsets are committed. */
    private static long committed(Cluster cluster) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(
                            MonitorConfig.DEFAULT_APPLICATION_ID)
                    .partitionsToOffsetAndMetadata()
                    .get();
            return offsets.entrySet().stream()
                    .filter(offset -> offset.getKey().topic().equals(Topic.FEATURES.topicName()))
                    .mapToLong(offset ->
                            offset.getValue() == null ? 0 : offset.getValue().offset())
                    .sum();
        } catch (ExecutionException e) {
            return 0; // the group does not exist yet
        }
    }

    private static Changelog changelog(Cluster cluster) {
        Map<ByteBuffer, Integer> live = new HashMap<>();
        double all = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = Results.consumer(cluster.bootstrap(), CHANGELOG)) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    int length = record.value() == null ? 0 : record.value().length;
                    all += length;
                    live.put(ByteBuffer.wrap(record.key()), length);
                }
            }
        }
        return new Changelog(
                live.values().stream().mapToDouble(Integer::doubleValue).sum(), all);
    }
}
