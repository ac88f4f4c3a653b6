package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.Topic;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Disks that fill up, and a state directory that is spoilt or gone: no wrong number, no monitor that stays broken. */
class DiskFaultsIT {
    private static final int PARTITIONS = 2;

    @TempDir
    private Path directory;

    private final ManyRuns runs = new ManyRuns("run", 6, 6);

    @Test
    void aStateDirectoryThatIsSpoiltOrDeletedIsMadeAgainFromTheChangelogs() throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = runs.step(1);
        int third = records.size() / 3;
        Path state = directory.resolve("state");
        try (BrokerProcess broker = new BrokerProcess(directory, directory.resolve("broker"))) {
            broker.start(PARTITIONS);
            try (Sender sender = new Sender(broker.bootstrap())) {
                try (MonitorProcess monitor = monitor(broker)) {
                    sender.begin(records.subList(0, third)).finish();
                    awaitCommitted(broker, monitor);
                    monitor.process().kill();
                }
                // Every file full of noise.
                Random random = new Random(1);
                for (Path file : files(state)) {
                    byte[] noise = new byte[200];
                    random.nextBytes(noise);
                    Files.write(file, noise);
                }
                try (MonitorProcess monitor = monitor(broker)) {
                    sender.begin(records.subList(third, 2 * third)).finish();
                    awaitCommitted(broker, monitor);
                    // Gone while it runs.
                    delete(state);
                    sender.begin(records.subList(2 * third, records.size())).finish();
                    await().atMost(MonitorProcess.PATIENCE)
                            .failFast("it has ended", () -> !monitor.process().isAlive())
                            .until(() -> runs.haveResults(broker.bootstrap(), 1));
                    sender.begin(runs.step(2).subList(0, third)).finish();
                    monitor.stop();
                }
                try (MonitorProcess monitor = monitor(broker)) {
                    List<ProducerRecord<byte[], byte[]>> step2 = runs.step(2);
                    sender.begin(step2.subList(third, step2.size())).finish();
                    await().atMost(MonitorProcess.PATIENCE)
                            .failFast("it has ended", () -> !monitor.process().isAlive())
                            .until(() -> runs.haveResults(broker.bootstrap(), 2));
                    monitor.stop();
                }
            }
            runs.assertResults(broker.bootstrap(), 2);
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "mounts a small file system")
    void aFullDiskOfTheStateIsOneLineOrNothingAtAll() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, 1);
                BrokerProcess broker = new BrokerProcess(directory, directory.resolve("broker"))) {
            broker.start(PARTITIONS);
            // Full before it starts: it cannot even say who it is.
            disk.fill();
            try (CollapseProcess monitor = CollapseProcess.start(
                    directory,
                    "monitor",
                    "--bootstrap",
                    broker.bootstrap(),
                    "--http-port",
                    "0",
                    "--state-dir",
                    disk.path().resolve("state").toString())) {
                assertThat(monitor.status()).isEqualTo(1);
                assertThat(monitor.err())
                        .startsWith("collapse: cannot write to the state directory " + disk.path())
                        .contains("No space left on device")
                        .hasLineCount(1);
            }
            disk.empty();

            // Full while it works: layer state lies in the changelog, so nothing stops.
            try (MonitorProcess monitor = MonitorProcess.start(directory, broker.bootstrap(), disk.path() + "/state");
                    Sender sender = new Sender(broker.bootstrap())) {
                monitor.awaitReady();
                disk.fill();
                sender.begin(runs.step(1)).finish();
                await().atMost(MonitorProcess.PATIENCE)
                        .failFast("it has ended", () -> !monitor.process().isAlive())
                        .until(() -> runs.haveResults(broker.bootstrap(), 1));
                monitor.stop();
            }
            runs.assertResults(broker.bootstrap(), 1);
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "mounts a small file system")
    void aFullDiskOfTheBrokerStopsTheStreamAndLosesNothingThatWasAcknowledged() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, 96);
                BrokerProcess broker = new BrokerProcess(directory, disk.path().resolve("broker"))) {
            broker.start(1);
            List<ProducerRecord<byte[], byte[]>> records = runs.step(1);
            int half = records.size() / 2;
            try (MonitorProcess monitor = monitor(broker);
                    Sender sender = new Sender(broker.bootstrap())) {
                sender.begin(records.subList(0, half)).finish();
                disk.fill();
                // What nobody needs makes it notice.
                try (KafkaProducer<byte[], byte[]> filler = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "delivery.timeout.ms",
                                6_000,
                                "request.timeout.ms",
                                3_000,
                                "max.block.ms",
                                3_000),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
                    await().atMost(MonitorProcess.PATIENCE).until(() -> {
                        filler.send(new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), new byte[500_000]));
                        return !broker.process().isAlive();
                    });
                }
                await().atMost(MonitorProcess.PATIENCE).until(() -> !monitor.ready());
                assertThat(monitor.live()).isTrue();
                sender.begin(records.subList(half, records.size()));

                disk.empty();
                broker.start(1);
                sender.finish();
                await().atMost(MonitorProcess.PATIENCE)
                        .failFast("it has ended", () -> !monitor.process().isAlive())
                        .until(() -> runs.haveResults(broker.bootstrap(), 1));
                monitor.awaitReady().stop();
            }
            runs.assertResults(broker.bootstrap(), 1);
        }
    }

    private MonitorProcess monitor(BrokerProcess broker) throws IOException {
        Path settings = Files.writeString(directory.resolve("often.properties"), "commit.interval.ms=1000\n");
        return MonitorProcess.start(directory, broker.bootstrap(), "state", "--kafka-config", settings.toString())
                .awaitReady();
    }

    /** All that was sent is merged and its offsets are committed. */
    private static void awaitCommitted(BrokerProcess broker, MonitorProcess monitor) {
        await().atMost(MonitorProcess.PATIENCE)
                .failFast("it has ended", () -> !monitor.process().isAlive())
                .until(() -> {
                    long sent = KillIT.sent(broker.bootstrap(), Topic.FEATURES);
                    return KillIT.committed(broker.bootstrap(), "collapse-monitor", Topic.FEATURES) == sent;
                });
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A file system in memory of a few MiB; needs the right to mount, as in a container of its own or as root. */
    private record SmallDisk(Path path, Path ballast) implements AutoCloseable {
        static SmallDisk mount(Path directory, int mebibytes) throws IOException, InterruptedException {
            Path path = Files.createDirectory(directory.resolve("small"));
            run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString());
            return new SmallDisk(path, path.resolve("ballast"));
        }

        /** Until nothing fits any more. */
        void fill() throws IOException {
            byte[] block = new byte[4096];
            try (OutputStream out = Files.newOutputStream(ballast)) {
                while (true) {
                    out.write(block);
                }
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space left");
            }
        }

        void empty() throws IOException {
            Files.delete(ballast);
        }

        @Override
        public void close() throws IOException, InterruptedException {
            run("umount", "-l", path.toString());
        }

        private static void run(String... command) throws IOException, InterruptedException {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        }
    }
}
