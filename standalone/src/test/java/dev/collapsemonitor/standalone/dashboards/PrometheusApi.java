package dev.collapsemonitor.standalone.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The three calls of Prometheus' HTTP API that a Grafana dashboard makes. */
final class PrometheusApi {
    /** One series of an answer: its labels, and whether any sample is a number (NaN draws nothing). */
    record Series(Map<String, String> labels, boolean hasNumber) {}

    /** A query that Prometheus refused, in its own words. */
    static final class QueryException extends RuntimeException {
        private static final long serialVersionUID = 1;

        QueryException(String message) {
            super(message);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;

    PrometheusApi(URI base) {
        this.base = base;
    }

    List<Series> query(String expression) {
        return series(call("/api/v1/query", Map.of("query", expression)).path("result"));
    }

    List<Series> queryRange(String expression, Duration range, Duration step) {
        Instant end = Instant.now();
        return series(call(
                        "/api/v1/query_range",
                        Map.of(
                                "query", expression,
                                "start", end.minus(range).toString(),
                                "end", end.toString(),
                                "step", Long.toString(step.toSeconds())))
                .path("result"));
    }

    /** Values of a label, of all series or of those that {@code selector} matches when it is not empty. */
    List<String> labelValues(String label, String selector) {
        JsonNode data =
                call("/api/v1/label/" + label + "/values", selector.isEmpty() ? Map.of() : Map.of("match[]", selector));
        List<String> values = new ArrayList<>();
        data.forEach(value -> values.add(value.asText()));
        return values;
    }

    private JsonNode call(String path, Map<String, String> parameters) {
        String query = parameters.entrySet().stream()
                .map(p -> encode(p.getKey()) + "=" + encode(p.getValue()))
                .collect(Collectors.joining("&"));
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path + (query.isEmpty() ? "" : "?" + query)))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            JsonNode answer = JSON.readTree(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body());
            if (!answer.path("status").asText().equals("success")) {
                throw new QueryException(answer.path("error").asText("an answer without status"));
            }
            return answer.path("data");
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + base, e);
        }
    }

    private static List<Series> series(JsonNode result) {
        List<Series> all = new ArrayList<>();
        for (JsonNode one : result) {
            if (!one.isObject()) {
                // A scalar: [time, value], without labels.
                return List.of(new Series(Map.of(), true));
            }
            Map<String, String> labels = new HashMap<>();
            one.path("metric")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            boolean number = one.has("values") ? anyNumber(one.path("values")) : isNumber(one.path("value"));
            all.add(new Series(labels, number));
        }
        return all;
    }

    private static boolean anyNumber(JsonNode samples) {
        for (JsonNode sample : samples) {
            if (isNumber(sample)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNumber(JsonNode sample) {
        return !sample.path(1).asText().equals("NaN");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
