package dev.collapsemonitor.standalone;

import dev.collapsemonitor.monitor.exposition.Credentials;
import dev.collapsemonitor.monitor.exposition.HttpSecurity;
import dev.collapsemonitor.monitor.exposition.TlsKeystore;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How the monitor's HTTP is guarded. Passwords belong in files or the environment: all users of a machine see arguments. */
final class HttpSecurityOptions {
    @Option(
            names = "--http-tls-keystore",
            paramLabel = "FILE",
            description = "Serve HTTPS with the key and certificate of this PKCS #12 or JKS file.")
    private Path keystore;

    @Option(
            names = "--http-tls-keystore-password",
            paramLabel = "PASSWORD",
            description = "Its password; better given in the environment or in a file.")
    private String keystorePassword;

    @Option(
            names = "--http-tls-keystore-password-file",
            paramLabel = "FILE",
            description = "File whose first line is its password.")
    private Path keystorePasswordFile;

    @Option(
            names = "--http-user",
            paramLabel = "NAME",
            description = "Ask for this user's name and password (basic authentication) everywhere but at /health.")
    private String user;

    @Option(
            names = "--http-password",
            paramLabel = "PASSWORD",
            description = "The user's password; better given in the environment or in a file.")
    private String password;

    @Option(
            names = "--http-password-file",
            paramLabel = "FILE",
            description = "File whose first line is the user's password.")
    private Path passwordFile;

    /**
     * Reads keystore and passwords.
     *
     * @throws UserException when one is missing or cannot be used
     */
    HttpSecurity read() {
        return new HttpSecurity(readKeystore(), readCredentials());
    }

    /** A line to print when everybody who reaches the host can read all; empty when that is nobody, or somebody known. */
    static String warning(String host, HttpSecurity security) {
        if (security.credentials().isPresent() || isLoopback(host)) {
            return "";
        }
        return "HTTP on " + host + " answers everybody who reaches it; set --http-user and a password, or --http-host"
                + " 127.0.0.1";
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // listening on it will say so
        }
    }

    private Optional<TlsKeystore> readKeystore() {
        Optional<String> secret = secret("--http-tls-keystore-password", keystorePassword, keystorePasswordFile);
        if (keystore == null) {
            if (secret.isPresent()) {
                throw new UserException("--http-tls-keystore-password is given without --http-tls-keystore");
            }
            return Optional.empty();
        }
        return Optional.of(TlsKeystore.read(
                keystore,
                secret.orElseThrow(() -> new UserException("--http-tls-keystore " + keystore
                        + " needs its password: set COLLAPSE_HTTP_TLS_KEYSTORE_PASSWORD or"
                        + " --http-tls-keystore-password-file")),
                Instant.now()));
    }

    private Optional<Credentials> readCredentials() {
        Optional<String> secret = secret("--http-password", password, passwordFile);
        if (user == null) {
            if (secret.isPresent()) {
                throw new UserException("--http-password is given without --http-user");
            }
            return Optional.empty();
        }
        if (user.isEmpty() || user.contains(":")) {
            throw new UserException(
                    "--http-user \"" + user + "\" cannot be used; it must not be empty or hold a colon");
        }
        return Optional.of(new Credentials(
                user,
                secret.orElseThrow(() -> new UserException("--http-user " + user
                        + " needs a password: set COLLAPSE_HTTP_PASSWORD or --http-password-file"))));
    }

    private static Optional<String> secret(String option, String value, Path file) {
        if (value != null && file != null) {
            throw new UserException(option + " and " + option + "-file are both given; one is enough");
        }
        Optional<String> secret = file == null ? Optional.ofNullable(value) : Optional.of(firstLine(option, file));
        secret.filter(String::isEmpty).ifPresent(empty -> {
            throw new UserException(option + (file == null ? "" : "-file " + file) + " is empty; set a password");
        });
        return secret;
    }

    private static String firstLine(String option, Path file) {
        try {
            return Files.readString(file).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new UserException(option + "-file " + file + " cannot be read (" + e + ")", e);
        }
    }
}
