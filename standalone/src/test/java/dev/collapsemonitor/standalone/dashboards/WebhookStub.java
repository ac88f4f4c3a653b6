package dev.collapsemonitor.standalone.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Where Alertmanager sends its messages: refuses connections until it is opened, then has no room, then takes them. */
final class WebhookStub implements AutoCloseable {
    private static final int OK = 200;
    private static final int TOO_MANY_REQUESTS = 429;

    private final ObjectMapper json = new ObjectMapper();
    private final List<JsonNode> taken = new CopyOnWriteArrayList<>();
    private final AtomicInteger turnedAway = new AtomicInteger();
    private final int port = FreePort.any();
    private HttpServer server;
    private volatile boolean accepting;

    int port() {
        return port;
    }

    /** From now on connections are taken, and every message is answered with 429. */
    void open() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> {
            boolean accepted = accepting;
            JsonNode message = json.readTree(exchange.getRequestBody());
            if (accepted) {
                taken.add(message);
            } else {
                turnedAway.incrementAndGet();
            }
            exchange.sendResponseHeaders(accepted ? OK : TOO_MANY_REQUESTS, -1);
            exchange.close();
        });
        server.start();
    }

    /** From now on messages are taken. */
    void accept() {
        accepting = true;
    }

    /** Messages that were answered with 429. */
    int turnedAway() {
        return turnedAway.get();
    }

    /** How many of the messages taken say that an alert of a run fires. */
    long firing(String alert, String run) {
        return taken.stream()
                .filter(message -> {
                    for (JsonNode one : message.path("alerts")) {
                        if (one.path("status").asText().equals("firing")
                                && one.at("/labels/alertname").asText().equals(alert)
                                && one.at("/labels/run").asText().equals(run)) {
                            return true;
                        }
                    }
                    return false;
                })
                .count();
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
    }
}
