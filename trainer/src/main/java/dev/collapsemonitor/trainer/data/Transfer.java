package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One attempt to get a file from one address, from where the last attempt ended when the server can. */
final class Transfer {
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERRORS = 500;
    private static final int BUFFER = 1 << 16;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

    private final HttpClient client;
    private final Patience patience;

    Transfer(Patience patience) {
        this.patience = patience;
        client = HttpClient.newBuilder()
                .connectTimeout(patience.answer())
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
    }

    /**
     * Adds what is missing to a partial file. It may end with other content than is wanted: the checksum tells.
     *
     * @param bytes size of the whole file
     */
    void run(URI address, PartialFile part, long bytes, TransferBar bar)
            throws TransferException, InterruptedException {
        try {
            attempt(address, part, bytes, bar);
        } catch (IOException e) {
            // HttpClient reports failures of the network only; those of the disk are wrapped below.
            throw new TransferException(reason(e), true, e);
        }
    }

    private void attempt(URI address, PartialFile part, long bytes, TransferBar bar)
            throws TransferException, InterruptedException, IOException {
        long have = onDisk(part, part::size);
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(patience.answer());
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
            onDisk(part, () -> part.etag(address)).ifPresent(etag -> request.header("If-Range", etag));
        }
        HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            boolean resumed = response.statusCode() == PARTIAL && begin(response) == have;
            if (!resumed && response.statusCode() != OK) {
                throw refused(response.statusCode(), part);
            }
            Optional<String> etag = response.headers().firstValue("ETag");
            long begin = resumed ? have : 0;
            try (OutputStream output = onDisk(part, () -> resumed ? part.append() : part.restart(address, etag))) {
                copy(body, part, output, begin, bytes, bar);
            }
        }
    }

    private static long begin(HttpResponse<?> response) {
        Matcher range = CONTENT_RANGE.matcher(
                response.headers().firstValue("Content-Range").orElse(""));
        return range.matches() ? Long.parseLong(range.group(1)) : -1;
    }

    private static TransferException refused(int status, PartialFile part) {
        if (status == RANGE_NOT_SATISFIABLE || status == PARTIAL) {
            // What is here does not belong to what is there.
            discard(part);
            return new TransferException("cannot resume (HTTP status " + status + ")", true, null);
        }
        boolean passing = status >= SERVER_ERRORS || status == TOO_MANY_REQUESTS || status == REQUEST_TIMEOUT;
        String meaning = status == 404 ? " (not found)" : "";
        return new TransferException("HTTP status " + status + meaning + " instead of 200", passing, null);
    }

    private void copy(InputStream body, PartialFile part, OutputStream output, long begin, long bytes, TransferBar bar)
            throws IOException, TransferException {
        byte[] buffer = new byte[BUFFER];
        long size = begin;
        bar.at(size);
        try (StallGuard guard = new StallGuard(body, patience.stall())) {
            while (true) {
                int read = read(body, buffer, guard);
                if (read < 0) {
                    break;
                }
                guard.alive();
                size += read;
                if (size > bytes) {
                    discard(part);
                    throw new TransferException("more than the expected " + bytes + " bytes", false, null);
                }
                onDisk(part, () -> {
                    output.write(buffer, 0, read);
                    return read;
                });
                bar.at(size);
            }
        }
        if (size < bytes) {
            throw new TransferException("only " + size + " of the expected " + bytes + " bytes came", true, null);
        }
    }

    private static void discard(PartialFile part) {
        onDisk(part, () -> {
            part.discard();
            return part;
        });
    }

    private int read(InputStream body, byte[] buffer, StallGuard guard) throws IOException, TransferException {
        int read;
        try {
            read = body.read(buffer);
        } catch (IOException e) {
            if (guard.hasStalled()) {
                throw stalled(e);
            }
            throw e;
        }
        if (read < 0 && guard.hasStalled()) {
            throw stalled(null);
        }
        return read;
    }

    private TransferException stalled(IOException cause) {
        return new TransferException("nothing came for " + patience.stall().toMillis() / 1e3 + " s", true, cause);
    }

    private static String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "unknown host (no network?)";
            }
        }
        if (e instanceof HttpTimeoutException) {
            return "no answer";
        }
        if (e instanceof ConnectException) {
            return "no connection (no network?)";
        }
        String message = e.getMessage();
        return "the connection broke"
                + (message == null
                        ? ""
                        : " (" + message.lines().findFirst().orElse("").strip() + ")");
    }

    /** Does something with the partial file; a failure there is the user's disk, not the network. */
    private static <T> T onDisk(PartialFile part, DiskAction<T> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw new UserException(
                    "cannot write " + part.content() + ": " + e.getMessage()
                            + "; make room there or choose another directory with --cache-dir",
                    e);
        }
    }

    @FunctionalInterface
    private interface DiskAction<T> {
        T run() throws IOException;
    }
}
