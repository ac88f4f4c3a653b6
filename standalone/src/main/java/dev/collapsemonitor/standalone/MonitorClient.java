package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads runs and histories from a monitor, over HTTP. */
final class MonitorClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final String url;

    MonitorClient(String url) {
        this.url = url;
    }

    /** All runs. */
    List<RunView> runs() throws IOException {
        List<RunView> runs = new ArrayList<>();
        for (JsonNode run : get("/api/runs")) {
            String classifier = "";
            long classifierStep = -1;
            for (JsonNode layer : run.path("layers")) {
                if (layer.path("classifier").asBoolean()) {
                    classifier = layer.path("name").asText();
                    classifierStep = layer.path("step").asLong(-1);
                }
            }
            runs.add(new RunView(
                    run.path("run").asText(),
                    run.path("status").asText(),
                    run.path("step").asLong(),
                    run.path("epoch").asDouble(Double.NaN),
                    run.path("loss").asDouble(Double.NaN),
                    run.path("accuracy").asDouble(Double.NaN),
                    classifier,
                    classifierStep));
        }
        return runs;
    }

    /** The snapshots of one layer of one run on the training split, by ascending step. */
    List<SnapshotView> trainSnapshots(String run, String layer) throws IOException {
        List<SnapshotView> snapshots = new ArrayList<>();
        for (JsonNode entry : get("/api/runs/" + encode(run) + "/history?mode=snapshot&layer=" + encode(layer))) {
            if (entry.path("split").asText().equalsIgnoreCase("train")) {
                snapshots.add(new SnapshotView(
                        entry.path("step").asLong(), entry.path("epoch").asDouble(), metrics(entry.path("metrics"))));
            }
        }
        return snapshots;
    }

    private static Map<String, Double> metrics(JsonNode node) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        node.fields().forEachRemaining(field -> {
            if (field.getValue().isNumber()) {
                metrics.put(field.getKey(), field.getValue().asDouble());
            }
        });
        return metrics;
    }

    private JsonNode get(String path) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE).build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() != 200) {
                throw new IOException(url + path + " answered " + response.statusCode());
            }
            return json.readTree(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + url + path, e);
        }
    }

    /** Percent-encoding that is right in a path too, where a plus is a plus. */
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
