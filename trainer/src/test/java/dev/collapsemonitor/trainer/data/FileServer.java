package dev.collapsemonitor.trainer.data;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A local HTTP server of files that can be made to misbehave. */
final class FileServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile boolean ranges = true;
    private volatile String etag = "\"v1\"";
    private final AtomicInteger cutsLeft = new AtomicInteger();
    private volatile int cutAfter;
    private volatile Path cutArriving = Path.of("");
    private volatile boolean stall;
    private final AtomicInteger refusalsLeft = new AtomicInteger();

    FileServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    void put(String name, byte[] content) {
        files.put("/" + name, content);
    }

    URI address(String name) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/" + name);
    }

    RemoteFile remote(String name, byte[] expected) {
        return new RemoteFile(name, expected.length, Digests.sha256(expected), List.of(address(name)));
    }

    /** One line a request: range and condition. */
    List<String> requests() {
        return requests;
    }

    void withoutRanges() {
        ranges = false;
    }

    void etag(String value) {
        etag = value;
    }

    /**
     * Closes the connection after so many bytes, so many times.
     *
     * @param arriving the bytes are waited for there: the HTTP client forgets what was not read when a connection breaks
     */
    void cut(int times, int bytes, Path arriving) {
        cutArriving = arriving;
        cutsLeft.set(times);
        cutAfter = bytes;
    }

    /** Sends nothing more instead of closing the connection, where it is to be cut. */
    void stall() {
        stall = true;
    }

    /** Answers with status 503 so many times. */
    void refuse(int times) {
        refusalsLeft.set(times);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        requests.add((range == null ? "all" : range) + (condition == null ? "" : " if " + condition));
        byte[] content = files.get(exchange.getRequestURI().getPath());
        if (content == null || refusalsLeft.getAndDecrement() > 0) {
            exchange.sendResponseHeaders(content == null ? 404 : 503, -1);
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("ETag", etag);
        int from = 0;
        if (range != null && ranges && (condition == null || condition.equals(etag))) {
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            if (from >= content.length) {
                exchange.sendResponseHeaders(416, -1);
                exchange.close();
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        byte[] body = Arrays.copyOfRange(content, from, content.length);
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
        if (cutsLeft.getAndDecrement() > 0) {
            exchange.getResponseBody().write(body, 0, cutAfter);
            exchange.getResponseBody().flush();
            awaitArrival(from + cutAfter);
            throw new IOException("cut as asked"); // the server closes the connection
        }
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Waits for the bytes; for ever when it is to stall. */
    private void awaitArrival(long bytes) throws IOException {
        try {
            boolean closed = false;
            while (!closed && (stall || !Files.exists(cutArriving) || Files.size(cutArriving) < bytes)) {
                closed = closing.await(2, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
