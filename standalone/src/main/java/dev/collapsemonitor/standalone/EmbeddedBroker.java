package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A single-node Kafka inside this JVM, for the demo, for trying things out and for tests: broker and controller in one,
 * reachable from this machine only. Its data outlives it: a start on the same directory continues.
 */
final class EmbeddedBroker implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final int NODE = 1;

    private final KafkaRaftServer server;
    private final DirectoryLock lock;
    private final int port;

    private EmbeddedBroker(KafkaRaftServer server, DirectoryLock lock, int port) {
        this.server = server;
        this.lock = lock;
        this.port = port;
    }

    /**
     * Starts a broker and returns once it serves.
     *
     * @param port to listen on; 0 picks a free one
     * @param directory of its data; created when missing
     * @throws UserException when the port is taken, or the directory is in use or cannot be written
     */
    static EmbeddedBroker start(int port, Path directory) {
        return start(port, directory, settings -> {});
    }

    /**
     * The same with other settings.
     *
     * @param change changes the settings before the start, in Kafka's names
     */
    static EmbeddedBroker start(int port, Path directory, Consumer<Map<String, String>> change) {
        int boundPort = Ports.require("--port", HOST, port);
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            Path data = directory.resolve("kafka").toAbsolutePath();
            format(data);
            Map<String, String> settings = settings(boundPort, Ports.free(), data);
            change.accept(settings);
            KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
            server.startup();
            return new EmbeddedBroker(server, lock, boundPort);
        } catch (Exception e) {
            lock.close();
            throw new UserException("the broker cannot start on " + directory + ": " + e.getMessage(), e);
        }
    }

    int port() {
        return port;
    }

    String bootstrap() {
        return HOST + ":" + port;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        lock.close();
    }

    private static void format(Path data) throws Exception {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        try (PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(quiet)
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .addDirectory(data.toString())
                    .setMetadataLogDirectory(data.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .run();
        }
    }

    private static Map<String, String> settings(int port, int controllerPort, Path data) {
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE));
        // Voters from the settings rather than from the log: the controller's port may change with every start.
        settings.put("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("log.dirs", data.toString());
        settings.put("auto.create.topics.enable", "false");
        // One node: what is replicated three times by default has one copy here.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "8");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "8");
        // A transaction that a killed monitor left open holds up its successor until it is noticed: 10 s by default.
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        // No second member is expected, so a group need not wait for it.
        settings.put("group.initial.rebalance.delay.ms", "0");
        // 128 MB by default, for log sizes that do not occur here.
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        return settings;
    }

    /** Holds a lock file in the directory, so that two brokers never write to one log. */
    private record DirectoryLock(FileChannel channel) implements AutoCloseable {
        static DirectoryLock acquire(Path directory) {
            FileChannel channel = null;
            try {
                Files.createDirectories(directory);
                channel = FileChannel.open(
                        directory.resolve("broker.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return new DirectoryLock(channel);
                }
            } catch (OverlappingFileLockException e) {
                // A broker of this very JVM holds it: reported below, as for any other.
            } catch (IOException e) {
                throw new UserException("cannot write to the broker's data directory " + directory + " (" + e + ")", e);
            }
            closeQuietly(channel);
            throw new UserException("another broker uses the data directory " + directory
                    + "; stop it or choose another with --data-dir");
        }

        @Override
        public void close() {
            closeQuietly(channel);
        }

        private static void closeQuietly(FileChannel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
