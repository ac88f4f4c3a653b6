package dev.collapsemonitor.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;

/**
 * A broker that asks its clients who they are (SASL/SCRAM or PLAIN, over TLS or not) and lets them do what ACLs allow. A
 * second listener, which asks nobody, is for whoever sets it up.
 */
final class SecureBroker implements AutoCloseable {
    private final EmbeddedBroker broker;
    private final int port;
    private final Admin admin;

    private SecureBroker(EmbeddedBroker broker, int port) {
        this.broker = broker;
        this.port = port;
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    /** With passwords in the clear. */
    static SecureBroker plaintext(Path directory, List<String> users) {
        return start(directory, users, "SASL_PLAINTEXT", Map.of());
    }

    /** With TLS. */
    static SecureBroker tls(Path directory, List<String> users, Certificate certificate) {
        return start(
                directory,
                users,
                "SASL_SSL",
                Map.of(
                        "listener.name.secure.ssl.keystore.type",
                        "PKCS12",
                        "listener.name.secure.ssl.keystore.location",
                        certificate.keyStore().toString(),
                        "listener.name.secure.ssl.keystore.password",
                        Certificate.PASSWORD,
                        "listener.name.secure.ssl.key.password",
                        Certificate.PASSWORD));
    }

    private static SecureBroker start(
            Path directory, List<String> users, String protocol, Map<String, String> further) {
        int port = Ports.free();
        EmbeddedBroker broker = EmbeddedBroker.start(0, directory, settings -> {
            settings.merge("listeners", "SECURE://" + EmbeddedBroker.HOST + ":" + port, (own, ours) -> own + "," + ours);
            settings.merge("listener.security.protocol.map", "SECURE:" + protocol, (own, ours) -> own + "," + ours);
            settings.put("sasl.enabled.mechanisms", "SCRAM-SHA-256,PLAIN");
            settings.put(
                    "listener.name.secure.scram-sha-256.sasl.jaas.config",
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;");
            settings.put(
                    "listener.name.secure.plain.sasl.jaas.config",
                    users.stream()
                            .map(user -> "user_" + user + "=\"" + password(user) + "\"")
                            .collect(Collectors.joining(
                                    " ", "org.apache.kafka.common.security.plain.PlainLoginModule required ", ";")));
            settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
            settings.put("super.users", "User:ANONYMOUS");
            settings.putAll(further);
        });
        SecureBroker secure = new SecureBroker(broker, port);
        secure.done(secure.admin
                .alterUserScramCredentials(users.stream()
                        .map(user -> new UserScramCredentialUpsertion(
                                user,
                                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096),
                                password(user)))
                        .collect(Collectors.toList()))
                .all());
        return secure;
    }

    static String password(String user) {
        return "secret of " + user;
    }

    /** Where clients have to say who they are. */
    String bootstrap() {
        return EmbeddedBroker.HOST + ":" + port;
    }

    /** Where everything is allowed. */
    String openBootstrap() {
        return broker.bootstrap();
    }

    void allow(Collection<AclBinding> acls) {
        done(admin.createAcls(acls).all());
    }

    void revoke(Collection<AclBinding> acls) {
        done(admin.deleteAcls(acls.stream().map(AclBinding::toFilter).toList()).all());
    }

    void revokeAll() {
        done(admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());
    }

    private void done(KafkaFuture<?> future) {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker refuses its administrator", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        admin.close();
        broker.close();
    }

    /**
     * A certificate that vouches for itself, made with keytool.
     *
     * @param keyStore for the broker
     * @param trusted for clients, PEM
     */
    record Certificate(Path keyStore, Path trusted) {
        static final String PASSWORD = "changeit";

        static Certificate valid(Path directory) throws IOException, InterruptedException {
            return make(directory, "valid", "-1d");
        }

        /** Of the day before yesterday, for one day. */
        static Certificate expired(Path directory) throws IOException, InterruptedException {
            return make(directory, "expired", "-3d");
        }

        private static Certificate make(Path directory, String name, String start)
                throws IOException, InterruptedException {
            Path store = directory.resolve(name + ".p12");
            Path pem = directory.resolve(name + ".pem");
            keytool(
                    "-genkeypair", "-alias", "broker", "-keyalg", "EC", "-dname", "CN=broker", "-startdate", start,
                    "-validity", "2", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12", "-keystore",
                    store.toString(), "-storepass", PASSWORD);
            keytool(
                    "-exportcert", "-rfc", "-alias", "broker", "-keystore", store.toString(), "-storepass", PASSWORD,
                    "-file", pem.toString());
            return new Certificate(store, pem);
        }

        private static void keytool(String... arguments) throws IOException, InterruptedException {
            ProcessBuilder keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString())
                    .redirectErrorStream(true);
            keytool.command().addAll(List.of(arguments));
            Process process = keytool.start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + said);
            }
        }
    }
}
