package dev.collapsemonitor.standalone;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A monitor in a process of its own and what it answers over HTTP. */
final class MonitorProcess implements AutoCloseable {
    /** For waits; a broker that was away for long is asked again after seconds only. */
    static final Duration PATIENCE = Duration.ofSeconds(150);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    private final CollapseProcess process;
    private final String url;

    private MonitorProcess(CollapseProcess process, String url) {
        this.process = process;
        this.url = url;
    }

    /** Starts one; returns when it serves HTTP. */
    static MonitorProcess start(Path directory, String bootstrap, String name, String... options) throws IOException {
        int port = Ports.free();
        List<String> arguments = new ArrayList<>(List.of(
                "monitor",
                "--bootstrap",
                bootstrap,
                "--http-port",
                Integer.toString(port),
                "--threads",
                "1",
                "--state-dir",
                directory.resolve(name).toString()));
        arguments.addAll(List.of(options));
        CollapseProcess process =
                CollapseProcess.startJvm(directory, List.of("-XX:+UseSerialGC"), arguments.toArray(String[]::new));
        process.awaitOut("metrics at");
        return new MonitorProcess(process, "http://" + EmbeddedBroker.HOST + ":" + port);
    }

    MonitorProcess awaitReady() {
        await().atMost(PATIENCE)
                .failFast("it has ended", () -> !process.isAlive())
                .until(this::ready);
        return this;
    }

    CollapseProcess process() {
        return process;
    }

    boolean ready() {
        return status("/health/ready") == 200;
    }

    boolean live() {
        return status("/health/live") == 200;
    }

    /** Its own counters. */
    Exposition scrape() {
        return Exposition.parse(get("/metrics").body());
    }

    /** Runs whose series it exports. */
    Set<String> runs() {
        return scrape().series().stream()
                .filter(series -> series.name().equals("collapse_attempt"))
                .map(series -> series.labels().get("run"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Partitions of the input topics that the group has given it. */
    double assignedPartitions() {
        return scrape().series().stream()
                .filter(series -> series.name().equals("kafka_consumer_coordinator_assigned_partitions"))
                .mapToDouble(Exposition.Series::value)
                .sum();
    }

    /** SIGTERM; requires that it ends well. */
    void stop() throws InterruptedException, IOException {
        process.terminate();
        int status = process.status();
        if (status != 0) {
            throw new AssertionError("status " + status + ": " + process.err());
        }
    }

    private int status(String path) {
        return get(path).statusCode();
    }

    private HttpResponse<String> get(String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("no answer from " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + url + path, e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
