package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.clients.KafkaSettings;
import dev.collapsemonitor.trainer.publish.Broker;
import dev.collapsemonitor.trainer.settings.PropertiesFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Where Kafka is and how to talk to it; shared by all commands that are its clients. */
public final class KafkaOptions {
    @Option(
            names = "--bootstrap",
            paramLabel = "B",
            required = true,
            description = "Kafka brokers to ask first, HOST:PORT,... .")
    private String bootstrap;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "Further settings of the Kafka clients, NAME=VALUE lines in Kafka's names: TLS, SASL, fetch"
                    + " sizes; producer.NAME, consumer.NAME, admin.NAME for one kind of client. The environment wins:"
                    + " COLLAPSE_KAFKA_SECURITY_PROTOCOL is security.protocol. See docs/security.md.")
    private Path settingsFile;

    public String bootstrap() {
        return bootstrap;
    }

    /** The settings of the file and the environment. */
    public Map<String, String> settings() {
        Map<String, String> file =
                settingsFile == null ? Map.of() : PropertiesFile.read("--kafka-config", settingsFile);
        return KafkaSettings.merged(file, System.getenv());
    }

    /** The cluster as trainers see it. */
    public Broker broker() {
        return new Broker(bootstrap, settings());
    }

    /** The options once more, for another command; the environment is not among them. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("--bootstrap=" + bootstrap));
        if (settingsFile != null) {
            arguments.add("--kafka-config=" + settingsFile.toAbsolutePath());
        }
        return arguments;
    }
}
