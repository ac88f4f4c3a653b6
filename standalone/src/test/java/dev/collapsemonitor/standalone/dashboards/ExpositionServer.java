package dev.collapsemonitor.standalone.dashboards;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Serves, in place of a monitor, an exposition with every name: what the check of dashboards is itself checked with. */
final class ExpositionServer implements AutoCloseable {
    private static final List<String> STATUSES = List.of("RUNNING", "SILENT", "FINISHED", "FAILED", "DIVERGED");

    private final HttpServer server;

    private ExpositionServer(HttpServer server) {
        this.server = server;
    }

    static ExpositionServer start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/metrics", exchange -> {
                byte[] body = exposition().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                exchange.sendResponseHeaders(200, body.length);
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            });
            server.start();
            return new ExpositionServer(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** Three runs: two of one experiment, and one that names no experiment. */
    static String exposition() {
        StringBuilder text = new StringBuilder();
        List<String> runs = List.of(
                "run=\"sgd\",experiment=\"demo\"",
                "run=\"adamw\",experiment=\"demo\"",
                "run=\"published\",experiment=\"\"");
        for (String name : ExportedNames.LAYER) {
            head(text, name, "gauge");
            for (String run : runs) {
                for (String layer : List.of("dense0", "output")) {
                    perModeAndSplit(text, name, run, layer);
                }
            }
        }
        for (String name : ExportedNames.CLASSIFIER) {
            head(text, name, "gauge");
            for (String run : runs) {
                perModeAndSplit(text, name, run, "output");
            }
        }
        for (String name : ExportedNames.RUN) {
            head(text, name, "gauge");
            for (String run : runs) {
                text.append(name).append('{').append(run).append("} 0.5\n");
            }
        }
        head(text, "collapse_run_status", "gauge");
        for (String run : runs) {
            for (String status : STATUSES) {
                text.append("collapse_run_status{%s,collapse_run_status=\"%s\"} %d\n"
                        .formatted(run, status, status.equals("RUNNING") ? 1 : 0));
            }
        }
        head(text, "collapse_run_info", "gauge");
        for (String run : runs) {
            text.append(
                    "collapse_run_info{%s,optimizer=\"sgd\",coupling=\"coupled\",dataset=\"strokes\",loss=\"ce\"} 1\n"
                            .formatted(run));
        }
        head(text, "collapse_run_rejected_records_total", "counter");
        for (String run : runs) {
            text.append("collapse_run_rejected_records_total{%s} 2\n".formatted(run));
        }
        head(text, "collapse_records_total", "counter");
        text.append("collapse_records_total{topic=\"collapse.features\"} 10\n");
        head(text, "collapse_records_rejected_total", "counter");
        text.append("collapse_records_rejected_total{reason=\"label_range\"} 1\n");
        return text.toString();
    }

    private static void head(StringBuilder text, String name, String type) {
        text.append("# HELP %1$s Stands in for the monitor.\n# TYPE %1$s %2$s\n".formatted(name, type));
    }

    private static void perModeAndSplit(StringBuilder text, String name, String run, String layer) {
        for (String mode : List.of("snapshot", "rolling")) {
            for (String split : List.of("train", "test")) {
                text.append(
                        "%s{%s,layer=\"%s\",mode=\"%s\",split=\"%s\"} 0.5\n".formatted(name, run, layer, mode, split));
            }
        }
    }
}
