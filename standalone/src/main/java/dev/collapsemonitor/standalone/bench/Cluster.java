package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** A broker in a process of its own, with the topics, and monitors on it. */
final class Cluster implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final int PARTITIONS = 12;
    private static final int SHORT_COMMIT_MILLIS = 20_000;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final BenchEnvironment environment;
    private final Child broker;
    private final String bootstrap;
    private final String name;

    private Cluster(BenchEnvironment environment, Child broker, String bootstrap, String name) {
        this.environment = environment;
        this.broker = broker;
        this.bootstrap = bootstrap;
        this.name = name;
    }

    static Cluster start(BenchEnvironment environment, String name) throws IOException, InterruptedException {
        int port = freePort();
        String bootstrap = HOST + ":" + port;
        Child broker = Child.start(
                environment,
                name + "-broker",
                List.of("-Xmx1g"),
                List.of(
                        "broker",
                        "--port",
                        Integer.toString(port),
                        "--data-dir",
                        environment.directory().resolve(name + "-kafka").toString()));
        try (TopicAdmin topics = new TopicAdmin(bootstrap, Map.of())) {
            await("the broker", broker, topics::brokerAnswers);
            topics.ensure(OptionalInt.of(PARTITIONS), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        return new Cluster(environment, broker, bootstrap, name);
    }

    String bootstrap() {
        return bootstrap;
    }

    Child broker() {
        return broker;
    }

    /** A monitor that is ready to process. */
    Monitor monitor(int threads) throws IOException {
        return monitor(threads, "3g");
    }

    /** As above, with a heap of that size; all of a cluster have one state directory, so only one may live at a time. */
    Monitor monitor(int threads, String heap) throws IOException {
        return monitor(threads, heap, List.of());
    }

    /** A monitor that commits often, for who waits for a commit. */
    Monitor committingMonitor(int threads) throws IOException {
        Path settings = Files.writeString(
                environment.directory().resolve(name + ".properties"), "commit.interval.ms=" + SHORT_COMMIT_MILLIS);
        return monitor(threads, "3g", List.of("--kafka-config", settings.toString()));
    }

    private Monitor monitor(int threads, String heap, List<String> options) throws IOException {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of(
                "monitor",
                "--bootstrap",
                bootstrap,
                "--http-port",
                Integer.toString(port),
                "--threads",
                Integer.toString(threads),
                "--state-dir",
                environment.directory().resolve(name + "-state").toString()));
        arguments.addAll(options);
        Child process = Child.start(environment, name + "-monitor", List.of("-Xmx" + heap), arguments);
        return new Monitor(process, "http://" + HOST + ":" + port);
    }

    /** A cluster whose data are of no use any more. */
    void removeData() throws IOException {
        close();
        for (String of : List.of("-kafka", "-state")) {
            Path directory = environment.directory().resolve(name + of);
            try (Stream<Path> files = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** A monitor process and its /metrics. */
    record Monitor(Child process, String url) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    /** Something that becomes true. */
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Waits for a condition while a process lives. */
    static void await(String what, Child process, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (IOException e) {
                // Not there yet.
            }
            process.check();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        what + " did not get ready within a minute; it said last: " + process.lastLine());
            }
            Thread.sleep(20);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
