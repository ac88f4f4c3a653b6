package dev.collapsemonitor.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
            settings.merge(
                    "listeners", "SECURE://" + EmbeddedBroker.HOST + ":" + port, (own, ours) -> own + "," + ours);
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
                                user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), password(user)))
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
     * A certificate of an authority of our own, made with keytool.
     *
     * @param keyStore for the broker
     * @param trusted the authority's, for clients, PEM
     */
    record Certificate(Path keyStore, Path trusted) {
        static final String PASSWORD = "changeit";

        static Certificate valid(Path directory) throws IOException, InterruptedException {
            return make(directory, "-1d");
        }

        /** Since yesterday. */
        static Certificate expired(Path directory) throws IOException, InterruptedException {
            return make(directory, "-3d");
        }

        private static Certificate make(Path parent, String start) throws IOException, InterruptedException {
            Path directory = Files.createTempDirectory(parent, "certificate");
            Path authority = directory.resolve("authority.p12");
            Path trusted = directory.resolve("authority.pem");
            Path broker = directory.resolve("broker.p12");
            Path request = directory.resolve("request");
            Path signed = directory.resolve("broker.pem");
            keytool(
                    authority,
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + directory.getFileName(),
                    "-ext",
                    "bc=ca:true");
            keytool(authority, "-exportcert", "-rfc", "-file", trusted.toString());
            keytool(broker, "-genkeypair", "-keyalg", "EC", "-dname", "CN=broker");
            keytool(broker, "-certreq", "-file", request.toString());
            keytool(
                    authority,
                    List.of("-gencert", "-rfc", "-infile", request.toString(), "-outfile", signed.toString()),
                    List.of("-startdate", start, "-validity", "2", "-ext", "san=ip:127.0.0.1"));
            Files.writeString(signed, Files.readString(trusted), StandardOpenOption.APPEND);
            keytool(broker, "-importcert", "-noprompt", "-file", signed.toString());
            return new Certificate(broker, trusted);
        }

        private static void keytool(Path store, String... arguments) throws IOException, InterruptedException {
            keytool(store, List.of(arguments), List.of());
        }

        private static void keytool(Path store, List<String> arguments, List<String> further)
                throws IOException, InterruptedException {
            ProcessBuilder keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool")
                            .toString())
                    .redirectErrorStream(true);
            keytool.command().addAll(arguments);
            keytool.command().addAll(further);
            keytool.command().addAll(List.of("-alias", "key", "-keystore", store.toString()));
            keytool.command().addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
            Process process = keytool.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + said);
            }
        }
    }
}
