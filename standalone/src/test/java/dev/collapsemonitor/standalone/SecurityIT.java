package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands, as processes, against a broker with credentials, certificates and ACLs. */
class SecurityIT {
    private static final List<String> USERS = List.of("topics", "monitor", "trainer", "export");

    @TempDir
    private Path directory;

    private Path weights;

    @BeforeEach
    void array() throws IOException {
        weights = Files.write(directory.resolve("w.npy"), new MadeUpLayer(1).weightFile());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"SCRAM-SHA-256 over TLS from a file, at_least_once", "PLAIN from the environment, exactly_once_v2"})
    void everyCommandWorksWithTheDocumentedAclsAndNoOther(String way, String guarantee) throws Exception {
        boolean tls = way.contains("TLS");
        SecureBroker.Certificate certificate = SecureBroker.Certificate.valid(directory);
        try (SecureBroker broker = tls
                ? SecureBroker.tls(directory.resolve("broker"), USERS, certificate)
                : SecureBroker.plaintext(directory.resolve("broker"), USERS)) {
            broker.allow(DocumentedAcls.all());
            Client clients = tls
                    ? user -> settingsFile(user, certificate, SecureBroker.password(user))
                    : user -> plainEnvironment(user, SecureBroker.password(user));
            try (CollapseProcess topics =
                    clients.of("topics").start(directory, broker, "topics", "--partitions", "1")) {
                assertThat(topics.status()).as(topics.err()).isZero();
            }
            try (CollapseProcess monitor = monitor(broker, clients.of("monitor").committingOften(), guarantee);
                    CollapseProcess publish = publish(broker, clients.of("trainer"))) {
                assertThat(publish.status()).as(publish.err()).isZero();
                assertThat(publish.err()).isEmpty();
                await().atMost(MonitorProcess.PATIENCE)
                        .failFast("the monitor ended", () -> !monitor.isAlive())
                        .until(() ->
                                KillIT.results(broker.openBootstrap(), "secure").size() == 1);
                // State has to be written, too: the offsets come after it.
                await().atMost(MonitorProcess.PATIENCE)
                        .failFast("the monitor ended", () -> !monitor.isAlive())
                        .until(() -> KillIT.committed(broker.openBootstrap(), "collapse-monitor", Topic.WEIGHTS) == 1);
                try (CollapseProcess export =
                                clients.of("export").start(directory, broker, "export", "--run", "secure");
                        CollapseProcess progress =
                                clients.of("export").start(directory, broker, "export", "--progress")) {
                    assertThat(export.status()).as(export.err()).isZero();
                    assertThat(export.out()).contains("\"spectral_norm\"").hasLineCount(1);
                    assertThat(progress.status()).as(progress.err()).isZero();
                }
                monitor.terminate();
                assertThat(monitor.status()).isZero();
                assertThat(monitor.err()).startsWith("closing\n").doesNotContain("ERROR");
            }
        }
    }

    @Test
    void wrongCredentialsAreOneLine() throws Exception {
        try (SecureBroker broker = SecureBroker.plaintext(directory.resolve("broker"), USERS)) {
            assertAllRefused(
                    broker,
                    plainEnvironment("monitor", "wrong"),
                    "collapse: Kafka at " + broker.bootstrap() + " refuses the credentials: Authentication failed",
                    "docs/security.md");
        }
    }

    @Test
    void anExpiredCertificateIsOneLine() throws Exception {
        SecureBroker.Certificate expired = SecureBroker.Certificate.expired(directory);
        try (SecureBroker broker = SecureBroker.tls(directory.resolve("broker"), USERS, expired)) {
            Client.Access access = settingsFile("monitor", expired, SecureBroker.password("monitor"));
            String line = "collapse: the certificate of Kafka at " + broker.bootstrap() + " has expired (NotAfter: ";
            try (CollapseProcess monitor = monitor(broker, access, "at_least_once")) {
                assertRefused(monitor, line, "renew it");
            }
            try (CollapseProcess publish = publish(broker, access)) {
                assertRefused(publish, line, "renew it");
            }
        }
    }

    @Test
    void aCertificateThatNobodyVouchesForIsOneLine() throws Exception {
        SecureBroker.Certificate certificate = SecureBroker.Certificate.valid(directory);
        Path other = Files.createDirectory(directory.resolve("other"));
        try (SecureBroker broker = SecureBroker.tls(directory.resolve("broker"), USERS, certificate);
                CollapseProcess topics = settingsFile(
                                "topics", SecureBroker.Certificate.valid(other), SecureBroker.password("topics"))
                        .start(directory, broker, "topics")) {
            assertThat(topics.status()).isEqualTo(1);
            assertThat(topics.err())
                    .startsWith("collapse: ")
                    .contains(
                            "the certificate of Kafka at " + broker.bootstrap() + " is not trusted",
                            "ssl.truststore.location")
                    .hasLineCount(1);
        }
    }

    @Test
    void aMissingAclEndsTheMonitorWithOneLineThatNamesTheTopic() throws Exception {
        try (SecureBroker broker = SecureBroker.plaintext(directory.resolve("broker"), USERS)) {
            broker.allow(DocumentedAcls.all());
            try (CollapseProcess topics =
                    plainEnvironment("topics").start(directory, broker, "topics", "--partitions", "1")) {
                assertThat(topics.status()).as(topics.err()).isZero();
            }
            List<AclBinding> changelogs = DocumentedAcls.all().stream()
                    .filter(acl -> acl.pattern().resourceType() == ResourceType.TOPIC)
                    .filter(acl -> acl.pattern().name().equals("collapse-monitor-"))
                    .collect(Collectors.toList());
            assertThat(changelogs).hasSize(4);

            // From the start: the changelogs cannot be made.
            broker.revoke(changelogs);
            assertMonitorRefused(broker, "Topic authorization failed", "collapse-monitor-", "-changelog");

            // While it works: they can be read, but not written.
            broker.allow(changelogs);
            AclBinding writing = new AclBinding(
                    new ResourcePattern(ResourceType.TOPIC, "collapse-monitor-", PatternType.PREFIXED),
                    new AccessControlEntry("User:monitor", "*", AclOperation.WRITE, AclPermissionType.DENY));
            try (CollapseProcess monitor = monitor(broker, plainEnvironment("monitor"), "at_least_once")) {
                monitor.awaitOut("metrics at");
                broker.allow(List.of(writing));
                try (CollapseProcess publish = publish(broker, plainEnvironment("trainer"))) {
                    assertThat(publish.status()).as(publish.err()).isZero();
                }
                assertRefused(monitor, "does not permit access to topic collapse-monitor-", "docs/security.md");
            }
            broker.revoke(List.of(writing));

            // The group.
            broker.revoke(DocumentedAcls.all().stream()
                    .filter(acl -> acl.pattern().resourceType() == ResourceType.GROUP)
                    .collect(Collectors.toList()));
            assertMonitorRefused(broker, "access to group collapse-monitor");
        }
    }

    @Test
    void aMisspeltSecuritySettingIsOneLine() throws Exception {
        Client.Access access = new Client.Access(List.of(), Map.of("COLLAPSE_KAFKA_SECURITY_PROTOCL", "SASL_SSL"));
        try (CollapseProcess topics = access.start(directory, "127.0.0.1:1", "topics")) {
            assertThat(topics.status()).isEqualTo(1);
            assertThat(topics.err())
                    .startsWith("collapse: Kafka clients have no setting \"security.protocl\""
                            + " (COLLAPSE_KAFKA_SECURITY_PROTOCL)")
                    .hasLineCount(1);
        }
    }

    private void assertMonitorRefused(SecureBroker broker, String... parts) throws Exception {
        try (CollapseProcess monitor = monitor(broker, plainEnvironment("monitor"), "at_least_once")) {
            assertRefused(monitor, parts);
        }
    }

    private void assertAllRefused(SecureBroker broker, Client.Access access, String... parts) throws Exception {
        List<CollapseProcess> processes = new ArrayList<>();
        try {
            processes.add(access.start(directory, broker, "topics"));
            processes.add(access.start(directory, broker, "export"));
            processes.add(publish(broker, access));
            processes.add(access.start(directory, broker, "train", "--run", "r", "--train-samples", "100"));
            processes.add(monitor(broker, access, "at_least_once"));
            for (CollapseProcess process : processes) {
                assertRefused(process, parts);
            }
        } finally {
            processes.forEach(CollapseProcess::close);
        }
    }

    private static void assertRefused(CollapseProcess process, String... parts) throws Exception {
        assertThat(process.status()).isEqualTo(1);
        assertThat(process.err()).startsWith("collapse: ").contains(parts).hasLineCount(1);
    }

    private CollapseProcess publish(SecureBroker broker, Client.Access access) throws IOException {
        return access.start(
                directory,
                broker,
                "publish",
                "--run",
                "secure",
                "--layer",
                "fc",
                "--step",
                "1",
                "--weights",
                weights.toString());
    }

    private CollapseProcess monitor(SecureBroker broker, Client.Access access, String guarantee) throws IOException {
        return access.start(
                directory,
                broker,
                "monitor",
                "--http-port",
                "0",
                "--threads",
                "1",
                "--processing-guarantee",
                guarantee,
                "--state-dir",
                directory.resolve("state").toString());
    }

    private Client.Access settingsFile(String user, SecureBroker.Certificate certificate, String password)
            throws IOException {
        Path file = Files.createTempFile(directory, user, ".properties");
        Files.writeString(
                file,
                "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config="
                        + "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user
                        + "\" password=\"" + password + "\";\nssl.truststore.type=PEM\nssl.truststore.location="
                        + certificate.trusted() + "\nbootstrap.servers=ignored:1\n");
        return new Client.Access(List.of("--kafka-config", file.toString()), Map.of());
    }

    private static Client.Access plainEnvironment(String user) {
        return plainEnvironment(user, SecureBroker.password(user));
    }

    private static Client.Access plainEnvironment(String user, String password) {
        return new Client.Access(
                List.of(),
                Map.of(
                        "COLLAPSE_KAFKA_SECURITY_PROTOCOL",
                        "SASL_PLAINTEXT",
                        "COLLAPSE_KAFKA_SASL_MECHANISM",
                        "PLAIN",
                        "COLLAPSE_KAFKA_SASL_JAAS_CONFIG",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user
                                + "\" password=\"" + password + "\";"));
    }

    /** How a user is made known to a command. */
    private interface Client {
        Access of(String user) throws IOException;

        /** Options and environment of a command. */
        record Access(List<String> options, Map<String, String> environment) {
            /** Commits are not waited for, for up to a minute. */
            Access committingOften() {
                Map<String, String> more = new HashMap<>(environment);
                more.put("COLLAPSE_KAFKA_COMMIT_INTERVAL_MS", "1000");
                return new Access(options, more);
            }

            CollapseProcess start(Path directory, SecureBroker broker, String... arguments) throws IOException {
                return start(directory, broker.bootstrap(), arguments);
            }

            CollapseProcess start(Path directory, String bootstrap, String... arguments) throws IOException {
                List<String> all = new ArrayList<>(List.of(arguments));
                all.addAll(List.of("--bootstrap", bootstrap));
                all.addAll(options);
                return CollapseProcess.start(directory, List.of("-XX:+UseSerialGC"), environment, all);
            }
        }
    }
}
