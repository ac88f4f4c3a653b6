package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demo against a monitor that says what the test wants. */
class DemoWatchTest {
    private final StringWriter out = new StringWriter();
    private HttpServer server;
    private DemoWatch watch;

    private volatile String runs = "[]";
    private volatile String history = "[]";
    private volatile String historyQuery = "";
    private boolean trained;
    private long now;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/runs", exchange -> answer(exchange, runs));
        server.createContext("/api/runs/my run/history", exchange -> {
            historyQuery = exchange.getRequestURI().getRawQuery();
            answer(exchange, history);
        });
        server.start();
        watch = new DemoWatch(
                List.of("my run"),
                new MonitorClient("http://127.0.0.1:" + server.getAddress().getPort()),
                () -> trained,
                new LiveTable(new PrintWriter(out)),
                () -> now);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void showsEachSnapshotOnceAndEndsWithTheLast() {
        assertThat(watch.isDone()).isFalse();

        runs = run("RUNNING", 10, 10);
        history = "[" + snapshot(0, "train") + "," + snapshot(10, "train") + "," + snapshot(10, "test") + "]";
        assertThat(watch.isDone()).isFalse();
        assertThat(watch.isDone()).isFalse();
        assertThat(shownSteps()).containsExactly("0", "10");
        // The loss was reported with step 10.
        assertThat(shown(2)).containsExactly("-", "0.500");
        assertThat(historyQuery).contains("layer=fc%2Fout").contains("mode=snapshot");

        // The end overtakes the last snapshot: they come through different topics.
        runs = run("FINISHED", 20, 10);
        assertThat(watch.isDone()).isFalse();

        runs = run("FINISHED", 20, 20);
        history = "[" + snapshot(0, "train") + "," + snapshot(10, "train") + "," + snapshot(20, "train") + "]";
        assertThat(watch.isDone()).isTrue();
        assertThat(shownSteps()).containsExactly("0", "10", "20");
        assertThat(watch.histories().get("my run"))
                .extracting(SnapshotView::step)
                .containsExactly(0L, 10L, 20L);
        assertThat(watch.histories().get("my run").get(2).metrics()).containsOnlyKeys("nc0");
    }

    @Test
    void aDivergedRunEndsTheDemo() {
        runs = run("DIVERGED", 7, -1);
        assertThatThrownBy(watch::isDone)
                .isInstanceOf(UserException.class)
                .hasMessage("training run my run is DIVERGED at step 7");
    }

    @Test
    void aMonitorThatDoesNotCatchUpIsNotWaitedForForEver() {
        trained = true;
        runs = run("RUNNING", 20, -1);
        assertThat(watch.isDone()).isFalse();
        now += DemoWatch.GRACE.toNanos();
        assertThat(watch.isDone()).isFalse();
        now++;
        assertThatThrownBy(watch::isDone)
                .isInstanceOf(UserException.class)
                .hasMessageContaining("the monitor has run my run as RUNNING at step 20");
    }

    @Test
    void aMonitorThatNeverHeardOfTheRunIsNamedAsTheReason() {
        trained = true;
        assertThat(watch.isDone()).isFalse();
        now += DemoWatch.GRACE.toNanos() + 1;
        assertThatThrownBy(watch::isDone)
                .isInstanceOf(UserException.class)
                .hasMessageContaining("the monitor does not know run my run");
    }

    private List<String> shownSteps() {
        return shown(1);
    }

    /** One column of the table, counted from the epoch's, 0. */
    private List<String> shown(int column) {
        return out.toString()
                .lines()
                .filter(line -> line.startsWith("my run"))
                .map(line -> line.substring("my run".length()).strip().split(" +")[column])
                .toList();
    }

    private static String run(String status, long step, long classifierStep) {
        return String.format(
                Locale.ROOT,
                "[{\"run\":\"other\",\"status\":\"FAILED\"},{\"run\":\"my run\",\"status\":\"%s\",\"step\":%d,\"epoch\":1,"
                        + "\"loss\":0.5,\"accuracy\":null,\"layers\":[{\"name\":\"fc1\",\"classifier\":false,\"step\":99},"
                        + "{\"name\":\"fc/out\",\"classifier\":true,\"step\":%d}]}]",
                status,
                step,
                classifierStep);
    }

    private static String snapshot(long step, String split) {
        return "{\"step\":" + step + ",\"epoch\":1,\"split\":\"" + split
                + "\",\"metrics\":{\"nc0\":0.25,\"nc1\":null}}";
    }

    private static void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
