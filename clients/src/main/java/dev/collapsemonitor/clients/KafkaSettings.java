package dev.collapsemonitor.clients;

import dev.collapsemonitor.protocol.UserException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Settings of Kafka clients that the user passes through, in Kafka's names: from a file and from the environment, and
 * from there to each kind of client. A name may carry the prefix of Kafka Streams for one kind ({@code producer.},
 * {@code consumer.}, {@code admin.}); without one it is for all.
 */
public final class KafkaSettings {
    /** {@code COLLAPSE_KAFKA_SECURITY_PROTOCOL} is {@code security.protocol}. */
    public static final String ENVIRONMENT_PREFIX = "COLLAPSE_KAFKA_";

    /** The environment's names of the options --kafka-config and --kafka-port. */
    private static final Set<String> OPTIONS = Set.of("COLLAPSE_KAFKA_CONFIG", "COLLAPSE_KAFKA_PORT");

    /** Where a misspelt name would send credentials in the clear, or none. */
    private static final List<String> SECURITY = List.of("security.", "sasl.", "ssl.");

    /** What users hand over by habit; it is in the way of --bootstrap. */
    private static final String BOOTSTRAP = CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG;

    private static final Set<String> KNOWN = known();

    private KafkaSettings() {}

    /** The kinds of clients and the prefixes that mean them. */
    private enum Kind {
        ADMIN("admin."),
        PRODUCER("producer."),
        CONSUMER("consumer.", "main.consumer."),
        /** Only Kafka Streams has these. */
        OTHER("restore.consumer.", "global.consumer.", "topic.");

        private final List<String> prefixes;

        Kind(String... prefixes) {
            this.prefixes = List.of(prefixes);
        }

        private Optional<String> without(String name) {
            return prefixes.stream()
                    .filter(name::startsWith)
                    .map(prefix -> name.substring(prefix.length()))
                    .findFirst();
        }
    }

    /**
     * The settings of a file and of the environment, which wins.
     *
     * @throws UserException when Kafka does not know the name of a security setting
     */
    public static SortedMap<String, String> merged(Map<String, String> file, Map<String, String> environment) {
        SortedMap<String, String> settings = new TreeMap<>();
        file.forEach((name, value) -> {
            requireKnown(name, name);
            settings.put(name, value);
        });
        environment.forEach((variable, value) -> {
            if (isSetting(variable)) {
                String name = variable.substring(ENVIRONMENT_PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '.');
                requireKnown(name, variable);
                settings.put(name, value);
            }
        });
        settings.remove(BOOTSTRAP);
        return settings;
    }

    /** Whether a variable of the environment is a setting of Kafka clients. */
    public static boolean isSetting(String variable) {
        return variable.startsWith(ENVIRONMENT_PREFIX) && !OPTIONS.contains(variable);
    }

    /** Those for an admin client of these brokers. */
    public static Map<String, Object> admin(String bootstrap, Map<String, String> settings) {
        return of(Kind.ADMIN, bootstrap, settings);
    }

    /** Those for a producer. */
    public static Map<String, Object> producer(String bootstrap, Map<String, String> settings) {
        return of(Kind.PRODUCER, bootstrap, settings);
    }

    /** Those for a consumer. */
    public static Map<String, Object> consumer(String bootstrap, Map<String, String> settings) {
        return of(Kind.CONSUMER, bootstrap, settings);
    }

    private static Map<String, Object> of(Kind kind, String bootstrap, Map<String, String> settings) {
        Map<String, Object> ours = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (withoutPrefix(name).equals(name)) {
                ours.put(name, value);
            }
        });
        settings.forEach((name, value) -> kind.without(name).ifPresent(own -> ours.put(own, value)));
        ours.put(BOOTSTRAP, bootstrap);
        return ours;
    }

    private static String withoutPrefix(String name) {
        for (Kind kind : Kind.values()) {
            Optional<String> own = kind.without(name);
            if (own.isPresent()) {
                return own.get();
            }
        }
        return name;
    }

    private static void requireKnown(String name, String asGiven) {
        String own = withoutPrefix(name);
        if (SECURITY.stream().anyMatch(own::startsWith) && !KNOWN.contains(own)) {
            throw new UserException("Kafka clients have no setting \"" + name + "\""
                    + (asGiven.equals(name) ? "" : " (" + asGiven + ")") + "; correct its name");
        }
    }

    private static Set<String> known() {
        Set<String> names = new HashSet<>(AdminClientConfig.configNames());
        names.addAll(ConsumerConfig.configNames());
        names.addAll(ProducerConfig.configNames());
        return names;
    }
}
