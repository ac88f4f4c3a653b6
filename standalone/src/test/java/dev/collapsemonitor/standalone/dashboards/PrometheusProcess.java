package dev.collapsemonitor.standalone.dashboards;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real Prometheus with an empty database and our rules that scrapes one port of this machine every second. Its log is
 * part of every failure to start.
 */
final class PrometheusProcess implements AutoCloseable {
    static final Duration SCRAPE_INTERVAL = Duration.ofSeconds(1);

    private final Process process;
    private final Path log;
    private final PrometheusApi api;

    private PrometheusProcess(Process process, Path log, PrometheusApi api) {
        this.process = process;
        this.log = log;
        this.api = api;
    }

    /**
     * Starts Prometheus in an empty folder and returns once it has scraped {@code scrapePort} successfully.
     *
     * @param scrapePort port on the loopback address that serves {@code /metrics}
     */
    static PrometheusProcess start(Path folder, int scrapePort) {
        return start(folder, scrapePort, OptionalInt.empty());
    }

    /**
     * The same, sending its alerts to an Alertmanager.
     *
     * @param alertmanagerPort port on the loopback address; empty for none
     */
    static PrometheusProcess start(Path folder, int scrapePort, OptionalInt alertmanagerPort) {
        Path binary = Binaries.require("prometheus");
        int port = FreePort.any();
        Path log = folder.resolve("prometheus.log");
        try {
            Path config = folder.resolve("prometheus.yml");
            Files.writeString(config, config(scrapePort, alertmanagerPort));
            Process process = new ProcessBuilder(
                            binary.toString(),
                            "--config.file=" + config,
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            PrometheusProcess prometheus =
                    new PrometheusProcess(process, log, new PrometheusApi(URI.create("http://127.0.0.1:" + port)));
            prometheus.awaitScrape(scrapePort);
            return prometheus;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + binary, e);
        }
    }

    PrometheusApi api() {
        return api;
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

    private void awaitScrape(int scrapePort) {
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(100))
                    .failFast("Prometheus ended early", () -> !process.isAlive())
                    .ignoreExceptions()
                    .until(() -> !api.query("up == 1").isEmpty());
        } catch (RuntimeException e) {
            // A timeout or the early end: either way the reason is in the log.
            close();
            throw e instanceof ConditionTimeoutException
                    ? new IllegalStateException(
                            "Prometheus has not scraped 127.0.0.1:" + scrapePort + "/metrics; its log:\n" + log(), e)
                    : new IllegalStateException("Prometheus did not start; its log:\n" + log(), e);
        }
    }

    private String log() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }

    private static String config(int scrapePort, OptionalInt alertmanagerPort) {
        String alertmanagers = alertmanagerPort.isPresent() ? "\"127.0.0.1:" + alertmanagerPort.getAsInt() + "\"" : "";
        return """
                global:
                  scrape_interval: %1$ds
                  scrape_timeout: %1$ds
                  evaluation_interval: %1$ds
                rule_files:
                  - %3$s/*.yml
                scrape_configs:
                  - job_name: collapse-monitor
                    static_configs:
                      - targets: ["127.0.0.1:%2$d"]
                alerting:
                  alertmanagers:
                    - static_configs:
                        - targets: [%4$s]
                """.formatted(
                        SCRAPE_INTERVAL.toSeconds(),
                        scrapePort,
                        Repository.path("grafana/prometheus/rules").toAbsolutePath(),
                        alertmanagers);
    }
}
