package dev.collapsemonitor.standalone.dashboards;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A real Alertmanager with the configuration of the repository, told to hurry and to send its messages to one place. */
final class AlertmanagerProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Process process;
    private final Path log;
    private final int port;

    private AlertmanagerProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /**
     * Starts it in an empty folder and returns once it answers.
     *
     * @param webhookPort port on the loopback address that messages are sent to
     * @param groupInterval seconds between two messages on one group
     */
    static AlertmanagerProcess start(Path folder, int webhookPort, int groupInterval) {
        Path binary = Binaries.require("prometheus-alertmanager");
        int port = FreePort.any();
        Path log = folder.resolve("alertmanager.log");
        try {
            Path config = folder.resolve("alertmanager.yml");
            JSON.writeValue(config.toFile(), config(webhookPort, groupInterval));
            AlertmanagerProcess alertmanager = new AlertmanagerProcess(
                    new ProcessBuilder(
                                    binary.toString(),
                                    "--config.file=" + config,
                                    "--storage.path=" + folder.resolve("alertmanager"),
                                    "--web.listen-address=127.0.0.1:" + port,
                                    "--cluster.listen-address=")
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    log,
                    port);
            alertmanager.awaitAnswer();
            return alertmanager;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + binary, e);
        }
    }

    /** JSON is YAML. */
    private static JsonNode config(int webhookPort, int groupInterval) {
        JsonNode config = Repository.yaml(Repository.path("grafana/alertmanager/alertmanager.yml"));
        ((ObjectNode) config.path("route")).put("group_wait", "1s").put("group_interval", groupInterval + "s");
        ((ObjectNode) config.at("/receivers/0"))
                .putArray("webhook_configs")
                .addObject()
                .put("url", "http://127.0.0.1:" + webhookPort + "/");
        return config;
    }

    int port() {
        return port;
    }

    /** Takes an alert, as from Prometheus. */
    void post(String alert, String run) {
        ObjectNode labels =
                JSON.createObjectNode().put("alertname", alert).put("run", run).put("experiment", "demo");
        JsonNode alerts = JSON.createArrayNode().add(JSON.createObjectNode().set("labels", labels));
        URI uri = URI.create("http://127.0.0.1:" + port + "/api/v2/alerts");
        int status = send(HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(alerts.toString())))
                .statusCode();
        if (status != 200) {
            throw new IllegalStateException(uri + " answered " + status);
        }
    }

    /** Names of the alerts of a run that are active now and that no other alert silences. */
    Set<String> alerts(String run) {
        Set<String> names = new TreeSet<>();
        for (JsonNode alert : get("/api/v2/alerts?active=true&inhibited=false")) {
            if (alert.at("/labels/run").asText().equals(run)) {
                names.add(alert.at("/labels/alertname").asText());
            }
        }
        return names;
    }

    private void awaitAnswer() {
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(100))
                    .failFast("Alertmanager ended early", () -> !process.isAlive())
                    .ignoreExceptions()
                    .until(() -> get("/api/v2/alerts").isArray());
        } catch (RuntimeException e) {
            close();
            throw new IllegalStateException("Alertmanager did not start; its log:\n" + log(), e);
        }
    }

    private JsonNode get(String path) {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        try {
            return JSON.readTree(send(HttpRequest.newBuilder(uri)).body());
        } catch (IOException e) {
            throw new UncheckedIOException("no JSON from " + uri, e);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from Alertmanager", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking Alertmanager", e);
        }
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
