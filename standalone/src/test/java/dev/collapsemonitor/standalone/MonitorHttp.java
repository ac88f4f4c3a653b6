package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What tests ask of one monitor among several. */
record MonitorHttp(String url) {
    private static final ObjectMapper json = new ObjectMapper();
    private static final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    static MonitorHttp onPort(int port) {
        return new MonitorHttp("http://127.0.0.1:" + port);
    }

    HttpResponse<String> get(String path) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(Duration.ofSeconds(20))
                            .build(),
                    BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + url + path, e);
        }
    }

    /** A missing node when the answer is none. */
    JsonNode json(String path) {
        HttpResponse<String> response = get(path);
        try {
            return response.statusCode() == 200 ? json.readTree(response.body()) : json.missingNode();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " answered " + response.body(), e);
        }
    }

    boolean ready() {
        return get("/health/ready").statusCode() == 200;
    }

    boolean live() {
        return get("/health/live").statusCode() == 200;
    }

    /** The names of the runs in the list, in its order. */
    Set<String> listed() {
        return new TreeSet<>(json("/api/runs").findValuesAsText("run"));
    }

    /** The runs that have series here. */
    Set<String> exported() {
        return Exposition.parse(get("/metrics").body()).series().stream()
                .filter(series -> series.name().equals("collapse_step"))
                .map(series -> series.labels().get("run"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
