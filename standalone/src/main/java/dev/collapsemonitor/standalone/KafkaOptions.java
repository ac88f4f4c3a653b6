package dev.collapsemonitor.standalone;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where Kafka is and how to talk to it; shared by the commands that are its clients. */
final class KafkaOptions {
    @Option(
            names = "--bootstrap",
            paramLabel = "B",
            required = true,
            description = "Kafka brokers to ask first, HOST:PORT,... .")
    private String bootstrap;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description = "Further Kafka client settings as properties in Kafka's names: TLS, SASL, fetch sizes.")
    private Path settingsFile;

    String bootstrap() {
        return bootstrap;
    }

    /** The settings of the file; none without a file. */
    Map<String, String> settings() {
        return settingsFile == null ? Map.of() : PropertiesFile.read("--kafka-config", settingsFile);
    }
}
