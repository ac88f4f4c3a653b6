package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.Topic;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands as processes: what a user sees and what a script gets as status. */
class CommandsIT {
    private static final String NO_BROKER = "127.0.0.1:1";

    @TempDir
    Path directory;

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGTERM")
    void theBrokerServesTopicsAndEndsInOrderWhenAsked() throws Exception {
        int port = Ports.free();
        Path data = directory.resolve("data");
        try (CollapseProcess broker =
                CollapseProcess.start(directory, "broker", "--port", "" + port, "--data-dir", data.toString())) {
            broker.awaitOut("Kafka serves at 127.0.0.1:" + port);

            String bootstrap = "127.0.0.1:" + port;
            try (CollapseProcess topics =
                    CollapseProcess.start(directory, "topics", "--bootstrap", bootstrap, "--partitions", "2")) {
                assertThat(topics.status()).isZero();
                assertThat(topics.out().lines())
                        .hasSize(Topic.values().length)
                        .allMatch(line -> line.contains("created"));
            }
            try (CollapseProcess topics = CollapseProcess.start(directory, "topics", "--bootstrap", bootstrap)) {
                assertThat(topics.status()).isZero();
                assertThat(topics.out().lines())
                        .hasSize(Topic.values().length)
                        .allMatch(line -> line.contains("verified 2 partitions"));
            }

            broker.terminate();
            assertThat(broker.status()).isZero();
            assertThat(broker.err()).isEmpty();
        }
    }

    @Test
    void anAbsentBrokerIsOneLine() throws Exception {
        Path weights = Files.write(directory.resolve("w.npy"), new MadeUpLayer(1).weightFile());
        List<String> commands = List.of(
                "topics --bootstrap " + NO_BROKER,
                "runs list --bootstrap " + NO_BROKER,
                "runs delete r --bootstrap " + NO_BROKER,
                "publish --bootstrap " + NO_BROKER + " --run r --layer fc --step 1 --weights " + weights,
                "train --bootstrap " + NO_BROKER + " --run r --train-samples 100");
        // At once: each waits for the broker for a while.
        List<CollapseProcess> processes = new ArrayList<>();
        try {
            for (String command : commands) {
                processes.add(CollapseProcess.start(directory, command.split(" ")));
            }
            for (CollapseProcess process : processes) {
                assertThat(process.status()).isEqualTo(1);
                assertThat(process.err())
                        .startsWith("collapse: no Kafka broker answers at " + NO_BROKER)
                        .hasLineCount(1);
                assertThat(process.out()).isEmpty();
            }
        } finally {
            processes.forEach(CollapseProcess::close);
        }
    }

    @Test
    void aBrokerWithoutTheTopicsIsOneLine() throws Exception {
        Path weights = Files.write(directory.resolve("w.npy"), new MadeUpLayer(1).weightFile());
        try (EmbeddedBroker broker = EmbeddedBroker.start(0, directory.resolve("data"));
                CollapseProcess publish = CollapseProcess.start(
                        directory,
                        ("publish --run r --layer fc --step 1 --bootstrap " + broker.bootstrap() + " --weights "
                                        + weights)
                                .split(" "))) {
            assertThat(publish.status()).isEqualTo(1);
            assertThat(publish.err())
                    .startsWith("collapse: broker " + broker.bootstrap() + " lacks the topics")
                    .contains("./collapse topics --bootstrap " + broker.bootstrap())
                    .hasLineCount(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--port,      broker --data-dir DIRECTORY --port PORT",
        "--http-port, monitor --bootstrap 127.0.0.1:1 --http-port PORT",
        "--http-port, demo --kafka-port 0 --http-port PORT",
        "--kafka-port, demo --http-port 0 --kafka-port PORT"
    })
    void aPortInUseIsOneLine(String option, String command) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(EmbeddedBroker.HOST));
                CollapseProcess process = CollapseProcess.start(
                        directory,
                        command.replace("PORT", "" + taken.getLocalPort())
                                .replace("DIRECTORY", directory.toString())
                                .split(" "))) {
            assertThat(process.status()).isEqualTo(1);
            assertThat(process.err())
                    .startsWith("collapse: port " + taken.getLocalPort() + " on 127.0.0.1 cannot be used")
                    .contains(option)
                    .hasLineCount(1);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGTERM")
    void theMonitorWaitsForAnAbsentBrokerAndCanBeEndedMeanwhile() throws Exception {
        try (CollapseProcess monitor =
                CollapseProcess.start(directory, "monitor", "--bootstrap", NO_BROKER, "--http-port", "0")) {
            monitor.awaitErr("no Kafka broker answers at " + NO_BROKER + " yet; waiting for it");
            monitor.terminate();
            assertThat(monitor.status()).isZero();
        }
    }

    @Test
    void aTrainingRunThatFailsIsReportedWithWhatItSaidLast() throws Exception {
        try (Termination termination = Termination.onSignal();
                TemporaryDirectory temporary = TemporaryDirectory.create();
                TrainingProcesses trainings = TrainingProcesses.start(
                        List.of(new DemoRun("bad", List.of("--run", "bad", "--no-such-option"))),
                        NO_BROKER,
                        temporary,
                        termination)) {
            await().untilAsserted(() -> assertThatThrownBy(trainings::areFinished)
                    .hasMessageStartingWith("training run bad failed with status 2: ")
                    .hasMessageContaining("--no-such-option"));
        }
    }
}
