package dev.collapsemonitor.monitor.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.exposition.Peers.Owner;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.UserException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances with TLS and credentials; the second keeps the run. */
class HttpSecurityTest {
    private static final String PASSWORD = "changeit";
    private static final Credentials CREDENTIALS = new Credentials("grafana", "pässword:with colon");

    @TempDir
    private static Path directory;

    private static HttpClient client;
    private static HttpServer first;
    private static HttpServer second;

    @BeforeAll
    static void start() throws Exception {
        TlsKeystore keystore = TlsKeystore.read(keystore("good.p12", "-validity", "2"), PASSWORD, Instant.now());
        HttpSecurity security = new HttpSecurity(Optional.of(keystore), Optional.of(CREDENTIALS));
        RunDirectory runs = new RunDirectory();
        runs.open("r").update(Records.result(1, 5, 0.5).build(), 1);
        second = server(security, runs, Peers.NONE);
        URI url = URI.create("https://127.0.0.1:" + second.port());
        first = server(security, new RunDirectory(), new Peers() {
            @Override
            public List<URI> others() {
                return List.of(url);
            }

            @Override
            public Owner ownerOf(String run) {
                return new Owner.Elsewhere(url);
            }
        });
        client = HttpClient.newBuilder().sslContext(keystore.client()).build();
    }

    private static HttpServer server(HttpSecurity security, RunDirectory runs, Peers peers) {
        return new HttpServer(
                "127.0.0.1",
                0,
                security,
                runs,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                () -> new Readiness(true, true, "running"),
                () -> peers);
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @Test
    void withoutCredentialsEverythingButHealthIsRefused() throws Exception {
        for (String path : List.of(
                "/",
                "/metrics",
                "/page.js",
                "/api/runs",
                "/api/runs/r",
                "/none",
                "/health/",
                "/health/live/../../metrics")) {
            HttpResponse<String> response = get("https", path, Optional.empty());
            assertThat(response.statusCode()).as(path).isIn(400, 401);
            assertThat(response.body()).as(path).doesNotContain("collapse_");
        }
        HttpResponse<String> refused = get("https", "/metrics", Optional.empty());
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate"))
                .contains("Basic realm=\"Collapse Monitor\", charset=\"UTF-8\"");
        assertThat(refused.body()).isEqualTo("{\"error\":\"user and password are needed\"}");
        assertThat(get("https", "/health/live", Optional.empty()).statusCode()).isEqualTo(200);
        assertThat(get("https", "/health/ready", Optional.empty()).statusCode()).isEqualTo(200);
    }

    @Test
    void onlyTheRightOnesAreTaken() throws Exception {
        for (Credentials wrong : List.of(
                new Credentials("grafana", "pässword"),
                new Credentials("x", CREDENTIALS.password()),
                new Credentials("", ""))) {
            assertThat(get("https", "/metrics", Optional.of(wrong.header())).statusCode())
                    .isEqualTo(401);
        }
        assertThat(get("https", "/metrics", Optional.of("Bearer x")).statusCode())
                .isEqualTo(401);
        assertThat(get("https", "/metrics", Optional.of(CREDENTIALS.header())).statusCode())
                .isEqualTo(200);
        assertThat(get("https", "/", Optional.of(CREDENTIALS.header())).body()).contains("<html");
    }

    @Test
    void instancesAskEachOtherWithWhatTheUserHasShown() throws Exception {
        HttpResponse<String> run = get("https", "/api/runs/r", Optional.of(CREDENTIALS.header()));
        assertThat(run.statusCode()).as(run.body()).isEqualTo(200);
        assertThat(run.body()).contains("\"run\":\"r\"");
        HttpResponse<String> list = get("https", "/api/runs", Optional.of(CREDENTIALS.header()));
        assertThat(list.body()).contains("\"run\":\"r\"");
        assertThat(list.headers().firstValue("Collapse-Unreachable")).isEmpty();
    }

    @Test
    void plainHttpIsNotServedOnATlsPort() {
        assertThatThrownBy(() -> get("http", "/health/live", Optional.empty())).isInstanceOf(IOException.class);
    }

    @Test
    void aPasswordIsNotPrinted() {
        assertThat(CREDENTIALS.toString()).isEqualTo("Credentials[user=grafana]");
    }

    @Test
    void anExpiredCertificateIsOneLine() throws Exception {
        Path expired = keystore("expired.p12", "-startdate", "-10d", "-validity", "3");
        assertRefused(
                expired,
                PASSWORD,
                "the certificate of CN=localhost in keystore " + expired + " expired on ",
                "; renew it");
    }

    @Test
    void aCertificateOfTheFutureIsOneLine() throws Exception {
        Path future = keystore("future.p12", "-startdate", "+10d", "-validity", "3");
        assertRefused(
                future,
                PASSWORD,
                "the certificate of CN=localhost in keystore " + future + " is valid only from ",
                "; correct the clock or the certificate");
    }

    @Test
    void aKeystoreThatCannotBeUsedIsOneLine() throws Exception {
        Path good = keystore("other.p12", "-validity", "2");
        assertRefused(
                good,
                "wrong",
                "the password of keystore " + good + " is wrong; ",
                "correct --http-tls-keystore-password");
        Path absent = directory.resolve("absent.p12");
        assertRefused(absent, PASSWORD, "keystore " + absent + " cannot be read; ", "correct --http-tls-keystore");
        Path pem = Files.writeString(directory.resolve("cert.pem"), "-----BEGIN CERTIFICATE-----\n");
        assertRefused(
                pem,
                PASSWORD,
                "keystore " + pem + " is no PKCS #12 or JKS file (",
                "openssl pkcs12 -export -inkey key.pem -in cert.pem -out cert.pem");
    }

    private static void assertRefused(Path keystore, String password, String start, String end) {
        assertThatThrownBy(() -> TlsKeystore.read(keystore, password, Instant.now()))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith(start)
                .hasMessageEndingWith(end)
                .message()
                .hasLineCount(1);
    }

    /** A self-signed certificate of 127.0.0.1. */
    private static Path keystore(String name, String... validity) throws Exception {
        Path file = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                "monitor",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(validity));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        return file;
    }

    private static HttpResponse<String> get(String scheme, String path, Optional<String> authorization)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + first.port() + path));
        authorization.ifPresent(value -> request.header("Authorization", value));
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
