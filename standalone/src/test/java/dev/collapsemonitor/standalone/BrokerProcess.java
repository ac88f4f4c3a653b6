package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A broker in a process of its own, which can be stopped, killed and started again on the same port and data. */
final class BrokerProcess implements AutoCloseable {
    private final Path directory;
    private final Path data;
    private final int port = Ports.free();
    private CollapseProcess process;

    /** @param data directory of its data */
    BrokerProcess(Path directory, Path data) {
        this.directory = directory;
        this.data = data;
    }

    /** Starts it, and makes the topics when they are missing. */
    void start(int partitions) throws IOException {
        process = CollapseProcess.startJvm(
                directory,
                List.of("-XX:+UseSerialGC", "-Xmx256m"),
                "broker",
                "--port",
                Integer.toString(port),
                "--data-dir",
                data.toString());
        process.awaitOut("Kafka serves at");
        try (TopicAdmin topics = new TopicAdmin(bootstrap(), Map.of())) {
            await().atMost(MonitorProcess.PATIENCE)
                    .ignoreExceptions() // a broker that has just started may take its time
                    .until(() -> !topics.ensure(OptionalInt.of(partitions), TopicAdmin.BROKER_DEFAULT_REPLICATION)
                            .isEmpty());
        }
    }

    String bootstrap() {
        return EmbeddedBroker.HOST + ":" + port;
    }

    CollapseProcess process() {
        return process;
    }

    void stop() throws InterruptedException {
        process.terminate();
        assertThat(process.status()).isZero();
    }

    void kill() throws InterruptedException {
        process.kill();
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
