package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code sweep} as a process, in all ways but the one that ends well. */
class SweepCommandIT {
    private static final String TINY =
            "common: {train-samples: 100, widths: [8], epochs: EPOCHS, batch-size: 20, snapshot-samples: 50}\n";

    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(0, directory.resolve("broker"));
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(1), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void aRunThatFailsIsReportedAndTheOthersFinish() throws Exception {
        Path file = write("failing", TINY.replace("EPOCHS", "1") + "grid: {samples-per-class: [20, 100000, 30]}\n");
        try (CollapseProcess sweep = sweep(file)) {
            assertThat(sweep.status()).isEqualTo(1);
            String reason = "class 0 has 400 training samples, not the 100000 per class asked for";
            assertThat(sweep.err())
                    .contains("FAILED   failing-samples-per-class=100000: " + reason)
                    .contains("collapse: 1 of 3 runs failed");
            assertThat(sweep.out().lines().filter(line -> line.endsWith("finished")))
                    .hasSize(2);
            assertThat(sweep.out()).contains("failing-samples-per-class=100000: " + reason);
        }
    }

    @Test
    void aWrongValueIsOneLineBeforeAnythingStarts() throws Exception {
        Path file = write("wrong", TINY.replace("EPOCHS", "1") + "grid: {lr: [0.1, -1]}\n");
        try (CollapseProcess sweep = sweep(file)) {
            assertThat(sweep.status()).isEqualTo(1);
            assertThat(sweep.err())
                    .hasLineCount(1)
                    .contains("wrong.yaml, run wrong-lr=-1: learning rate -1.0 of sgd is not a positive number");
        }
        assertThat(directory.resolve(".wrong.sweep")).doesNotExist();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGTERM")
    void whenAskedToEndItEndsItsRunsAndSaysHowToGoOn() throws Exception {
        Path file = write("long", TINY.replace("EPOCHS", "1000000") + "seeds: [1, 2, 3]\n");
        try (CollapseProcess sweep = sweep(file)) {
            Path log = directory.resolve(".long.sweep").resolve("long-seed=1.log");
            await().atMost(MonitorProcess.PATIENCE)
                    .until(() -> Files.exists(log) && Files.readString(log).contains("epoch 1 of"));
            List<ProcessHandle> workers = sweep.descendants();
            assertThat(workers).hasSize(2);
            sweep.terminate();
            assertThat(sweep.status()).isEqualTo(130);
            assertThat(sweep.err()).contains("interrupted, 0 of 3 runs are finished; the same command goes on");
            await().atMost(MonitorProcess.PATIENCE).until(() -> workers.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    private static Path write(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name + ".yaml"), text);
    }

    private static CollapseProcess sweep(Path file) throws Exception {
        return CollapseProcess.start(
                directory, "sweep", file.toString(), "--bootstrap", broker.bootstrap(), "--concurrent", "2");
    }
}
