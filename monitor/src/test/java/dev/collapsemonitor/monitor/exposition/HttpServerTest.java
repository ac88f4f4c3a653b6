package dev.collapsemonitor.monitor.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Split;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
    private static final String ODD_RUN = "lä\"uft <b> 50% & 🚀";
    private static final String ODD_LAYER = "conv/1 é&?=+%2F";

    private static final RunDirectory runs = new RunDirectory();
    private static final HttpClient client = HttpClient.newHttpClient();
    private static final ObjectMapper mapper = new ObjectMapper();
    private static volatile Readiness readiness = new Readiness(true, true, "running");
    private static HttpServer server;

    @BeforeAll
    static void start() {
        Run run = runs.open("r");
        run.update(Records.descriptor(1).putHyperparameters("width", "256").build(), 999_000);
        run.update(Records.heartbeat(1, 5, 0.75).build(), 999_000);
        run.update(Records.heartbeat(1, 10, Double.NaN).setEpoch(Double.NaN).build(), 999_500);
        run.update(Records.result(1, 5, 0.5).putUndefined("nc3", "no weights").build(), 999_000);
        run.update(Records.result(1, 10, Double.NaN).setCoverage(0.5).build(), 999_000);
        run.update(Records.result(1, 10, 9).setSplit(Split.TEST).build(), 999_000);
        runs.open(ODD_RUN)
                .update(
                        Records.result(1, 3, 0.25)
                                .setLayer(Records.LAYER.toBuilder().setName(ODD_LAYER))
                                .build(),
                        999_000);
        server = server(0);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpServer server(int port) {
        return new HttpServer(
                "127.0.0.1",
                port,
                HttpSecurity.NONE,
                runs,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                () -> readiness,
                () -> Peers.NONE);
    }

    @Test
    void metricsAreInThePrometheusTextFormat() throws Exception {
        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    }

    @Test
    void healthFollowsTheReadiness() throws Exception {
        try {
            readiness = new Readiness(true, false, "Kafka Streams is REBALANCING");
            assertThat(get("/health/live").statusCode()).isEqualTo(200);
            assertThat(get("/health/ready").statusCode()).isEqualTo(503);
            assertThat(get("/health/ready").body()).isEqualTo("Kafka Streams is REBALANCING\n");
            readiness = new Readiness(false, false, "Kafka Streams is ERROR");
            assertThat(get("/health/live").statusCode()).isEqualTo(503);
            assertError(503, "no run \"x\" yet: Kafka Streams is ERROR", "/api/runs/x");
        } finally {
            readiness = new Readiness(true, true, "running");
        }
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void runsAreListedWithTheirNewestTrainingSnapshots() throws Exception {
        JsonNode list = json(200, "/api/runs");

        assertThat(list).hasSize(2);
        JsonNode run = list.get(1);
        assertThat(run.get("run").asText()).isEqualTo("r");
        assertThat(run).isEqualTo(json(200, "/api/runs/r"));
        assertThat(run.get("experiment").asText()).isEqualTo("e");
        assertThat(run.get("status").asText()).isEqualTo("DIVERGED");
        assertThat(run.get("attempt").asInt()).isEqualTo(1);
        assertThat(run.get("last_record_millis").asLong()).isEqualTo(999_500);
        assertThat(run.get("hyperparameters").get("width").asText()).isEqualTo("256");
        JsonNode layer = run.get("layers").get(0);
        assertThat(run.get("layers")).hasSize(1);
        assertThat(layer.get("name").asText()).isEqualTo("fc");
        assertThat(layer.get("classifier").asBoolean()).isTrue();
        assertThat(layer.get("step").asLong()).isEqualTo(10);
        assertThat(layer.get("split").asText()).isEqualTo("train");
        assertThat(layer.get("coverage").asDouble()).isEqualTo(0.5);
    }

    @Test
    void theDepthOfARunComesWithItsStepAndReasons() throws Exception {
        JsonNode depth = json(200, "/api/runs/" + encoded(ODD_RUN)).get("depth");

        assertThat(depth.get("step").asLong()).isEqualTo(3);
        assertThat(depth.get("layers").asInt()).isEqualTo(1);
        assertThat(depth.has("collapse_depth")).isFalse();
        assertThat(depth.get("undefined").get("collapse_depth").asText()).isEqualTo("the last layer is not collapsed");
        assertThat(depth.get("undefined").get("equiseparation_slope").asText())
                .isEqualTo("fewer than 3 layers have an nc1 above 0");
    }

    @Test
    void whatIsNotFiniteIsNullAndNeverText() throws Exception {
        JsonNode run = json(200, "/api/runs/r");

        assertThat(run.get("loss").isNull()).isTrue();
        assertThat(run.get("epoch").isNull()).isTrue();
        assertThat(run.get("layers").get(0).get("metrics").get("nc1").isNull()).isTrue();
        assertThat(get("/api/runs/r").body()).doesNotContain("NaN");
    }

    @Test
    void theHistoryOfALayerIsAnArrayInTheOrderOfTheSteps() throws Exception {
        JsonNode history = json(200, "/api/runs/r/history?layer=fc");

        assertThat(history).isEqualTo(json(200, "/api/runs/r/history?layer=fc&mode=SNAPSHOT"));
        assertThat(history).hasSize(3);
        assertThat(history.findValuesAsText("step")).containsExactly("5", "10", "10");
        JsonNode first = history.get(0);
        assertThat(first.get("attempt").asInt()).isEqualTo(1);
        assertThat(first.get("epoch").asDouble()).isEqualTo(0.5);
        assertThat(first.get("mode").asText()).isEqualTo("snapshot");
        assertThat(first.get("split").asText()).isEqualTo("train");
        assertThat(first.get("coverage").asDouble()).isEqualTo(1);
        assertThat(first.get("metrics").get("nc1").asDouble()).isEqualTo(0.5);
        assertThat(first.get("undefined").get("nc3").asText()).isEqualTo("no weights");
        assertThat(json(200, "/api/runs/r/history?layer=fc&mode=rolling")).isEmpty();
    }

    @Test
    void withoutALayerTheHistoryIsThatOfTheLoss() throws Exception {
        JsonNode history = json(200, "/api/runs/r/history");

        assertThat(history).hasSize(2);
        assertThat(history.get(0).get("loss").asDouble()).isEqualTo(0.75);
        assertThat(history.get(1).get("loss").isNull()).isTrue();
    }

    @Test
    void namesMayHoldWhateverAUrlCanEncode() throws Exception {
        String path = "/api/runs/" + encoded(ODD_RUN);
        assertThat(json(200, path).get("run").asText()).isEqualTo(ODD_RUN);
        JsonNode history = json(200, path + "/history?layer=" + encoded(ODD_LAYER));

        assertThat(history).hasSize(1);
        assertThat(history.get(0).get("metrics").get("nc1").asDouble()).isEqualTo(0.25);
    }

    @Test
    void whatDoesNotExistIs404WithAnErrorInJson() throws Exception {
        assertError(404, "no run \"x\"; see /api/runs for those that there are", "/api/runs/x");
        assertError(404, "no run \"x\"; see /api/runs for those that there are", "/api/runs/x/history?layer=fc");
        assertError(404, "run r has no layer \"a/b\"", "/api/runs/r/history?layer=a%2Fb");
        assertError(404, "no page /api/nothing; see / for what there is", "/api/nothing");
        assertError(404, "no page /x.html; see / for what there is", "/x.html");
    }

    @Test
    void aModeThatThereIsNotIs400() throws Exception {
        assertError(400, "mode is \"both\"; use snapshot or rolling", "/api/runs/r/history?layer=fc&mode=both");
        assertError(400, "mode is \"\"; use snapshot or rolling", "/api/runs/r/history?layer=fc&mode=");
    }

    @Test
    void thePageIsServedAndLoadsItsScript() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.body()).contains("<script src=\"/page.js\">");
        assertThat(get("/page.js").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page.js"})
    void thePageNeverMakesMarkupOfWhatItFetches(String path) throws Exception {
        assertThat(get(path).body())
                .doesNotContainIgnoringCase("innerHTML")
                .doesNotContainIgnoringCase("outerHTML")
                .doesNotContainIgnoringCase("insertAdjacentHTML")
                .doesNotContainIgnoringCase("document.write")
                .doesNotContain("eval(");
    }

    @Test
    void aPortInUseIsAMistakeOfTheUserInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> server(taken.getLocalPort()))
                    .isInstanceOf(UserException.class)
                    .hasMessage("cannot listen on 127.0.0.1:" + taken.getLocalPort()
                            + ": the port is in use; choose another with --http-port");
        }
    }

    @Test
    void aHostThatIsNotThisMachineIsNotAPortInUse() {
        assertThatThrownBy(() -> new HttpServer(
                        "192.0.2.1", // for documentation only (RFC 5737): nobody's
                        0,
                        HttpSecurity.NONE,
                        runs,
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                        () -> readiness,
                        () -> Peers.NONE))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("cannot listen on 192.0.2.1:0: ")
                .hasMessageEndingWith("; correct --http-host or --http-port")
                .hasMessageNotContaining("in use");
    }

    private static void assertError(int status, String message, String path) throws Exception {
        assertThat(json(status, path)).isEqualTo(mapper.createObjectNode().put("error", message));
    }

    private static JsonNode json(int status, String path) throws Exception {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(path).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/json");
        return mapper.readTree(response.body());
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
