package dev.collapsemonitor.monitor.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.monitor.exposition.Peers.Owner;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
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
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two instances, each with a run of its own, that know each other; and what they say when a third is gone. */
class RunRoutingTest {
    private static final String ODD_RUN = "lä\"uft <b> 50% & +🚀";

    private static final HttpClient client = HttpClient.newHttpClient();
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final RunDirectory firstRuns = new RunDirectory();
    private static final RunDirectory secondRuns = new RunDirectory();
    private static volatile Peers peersOfFirst = Peers.NONE;
    private static volatile Peers peersOfSecond = Peers.NONE;
    private static volatile Readiness readinessOfSecond = new Readiness(true, true, "running");
    private static HttpServer first;
    private static HttpServer second;

    private record Fixed(List<URI> others, Owner owner) implements Peers {
        @Override
        public Owner ownerOf(String run) {
            return owner;
        }
    }

    @BeforeAll
    static void start() {
        firstRuns.open("here").update(Records.result(1, 5, 0.5).build(), 1);
        secondRuns.open(ODD_RUN).update(Records.result(1, 7, 0.25).build(), 1);
        first = server(firstRuns, () -> new Readiness(true, true, "running"), () -> peersOfFirst);
        second = server(secondRuns, () -> readinessOfSecond, () -> peersOfSecond);
        // Each takes the other for the owner of all that it does not have itself.
        peersOfFirst = new Fixed(List.of(url(second)), new Owner.Elsewhere(url(second)));
        peersOfSecond = new Fixed(List.of(url(first)), new Owner.Elsewhere(url(first)));
    }

    private static HttpServer server(
            RunDirectory runs,
            java.util.function.Supplier<Readiness> readiness,
            java.util.function.Supplier<Peers> peers) {
        return new HttpServer(
                "127.0.0.1",
                0,
                HttpSecurity.NONE,
                runs,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                readiness,
                peers);
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @Test
    void aRunIsFoundOnTheInstanceThatKeepsIt() throws Exception {
        String path = "/api/runs/" + encoded(ODD_RUN);

        assertThat(json(200, first, path)).isEqualTo(json(200, second, path));
        assertThat(json(200, first, path).get("run").asText()).isEqualTo(ODD_RUN);
        assertThat(json(200, first, path + "/history?layer=fc&mode=snapshot")
                        .get(0)
                        .get("step")
                        .asLong())
                .isEqualTo(7);
        assertThat(get(first, path).headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void whatTheOwnerRefusesIsRefusedInItsWords() throws Exception {
        String path = "/api/runs/" + encoded(ODD_RUN) + "/history?layer=fc&mode=both%20of%26";

        assertThat(json(400, first, path).get("error").asText())
                .isEqualTo("mode is \"both of&\"; use snapshot or rolling");
    }

    /** Each of the two thinks that the other has it. */
    @Test
    void instancesThatDisagreeDoNotAskEachOtherForEver() throws Exception {
        assertThat(json(404, first, "/api/runs/none").get("error").asText()).startsWith("no run \"none\"");
        assertThat(json(404, second, "/api/runs/none").get("error").asText()).startsWith("no run \"none\"");
    }

    @Test
    void theListHasTheRunsOfAllInstancesByName() throws Exception {
        for (HttpServer server : List.of(first, second)) {
            HttpResponse<String> response = get(server, "/api/runs");
            assertThat(mapper.readTree(response.body()).findValuesAsText("run")).containsExactly("here", ODD_RUN);
            assertThat(response.headers().firstValue("Collapse-Unreachable")).isEmpty();
        }
    }

    @Test
    void anInstanceThatIsGoneIsNamed() throws Exception {
        URI gone = URI.create("http://127.0.0.1:" + closedPort());
        try {
            peersOfFirst = new Fixed(List.of(gone, url(second)), new Owner.Elsewhere(gone));
            HttpResponse<String> list = get(first, "/api/runs");
            assertThat(list.statusCode()).isEqualTo(200);
            assertThat(mapper.readTree(list.body()).findValuesAsText("run")).containsExactly("here", ODD_RUN);
            assertThat(list.headers().firstValue("Collapse-Unreachable")).contains(gone.toString());
            assertThat(json(502, first, "/api/runs/r").get("error").asText())
                    .isEqualTo("run \"r\" is kept by the monitor at " + gone + ", which does not answer; try again");
        } finally {
            peersOfFirst = new Fixed(List.of(url(second)), new Owner.Elsewhere(url(second)));
        }
    }

    @Test
    void whileTheGroupDividesTheWorkARunIsNotSaidToBeAbsent() throws Exception {
        try {
            peersOfFirst = new Fixed(List.of(), new Owner.Unknown());
            assertThat(json(503, first, "/api/runs/r").get("error").asText())
                    .isEqualTo("which monitor keeps run \"r\" is being decided; try again");
            assertThat(json(200, first, "/api/runs/here").get("run").asText()).isEqualTo("here");
        } finally {
            peersOfFirst = new Fixed(List.of(url(second)), new Owner.Elsewhere(url(second)));
        }
    }

    @Test
    void anOwnerThatIsStillReadingItsStateSaysSo() throws Exception {
        try {
            readinessOfSecond = new Readiness(true, false, "restoring runs");
            assertThat(json(503, first, "/api/runs/none").get("error").asText())
                    .isEqualTo("no run \"none\" yet: restoring runs");
        } finally {
            readinessOfSecond = new Readiness(true, true, "running");
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static URI url(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    private static JsonNode json(int status, HttpServer server, String path) throws Exception {
        HttpResponse<String> response = get(server, path);
        assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(status);
        return mapper.readTree(response.body());
    }

    private static HttpResponse<String> get(HttpServer server, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url(server) + path)).build(), BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
