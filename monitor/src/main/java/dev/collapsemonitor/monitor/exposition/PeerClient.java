package dev.collapsemonitor.monitor.exposition;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/**
 * Asks other instances for what they keep. Such a request says that it comes from an instance, and one that does is
 * answered from what is there: two instances of different opinions about an owner do not ask each other for ever.
 */
final class PeerClient {
    /** Header of a request that is not to be passed on. */
    static final String FORWARDED = "Collapse-Forwarded";

    /** Instances are near each other; who waits longer than this would rather know which of them is gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final HttpClient http;

    PeerClient(Optional<SSLContext> tls) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        tls.ifPresent(builder::sslContext);
        http = builder.build();
    }

    /**
     * Asks one instance.
     *
     * @param path percent-encoded
     * @param authorization what the user who asks us has shown; empty when nothing
     */
    CompletableFuture<HttpResponse<byte[]>> get(URI instance, String path, Optional<String> authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(instance + path))
                .timeout(PATIENCE)
                .header(FORWARDED, "1");
        authorization.ifPresent(value -> request.header("Authorization", value));
        return http.sendAsync(request.build(), BodyHandlers.ofByteArray());
    }

    /** A query string, with its question mark; empty without parameters. */
    static String query(Map<String, String> parameters) {
        return parameters.isEmpty()
                ? ""
                : parameters.entrySet().stream()
                        .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
                        .collect(Collectors.joining("&", "?", ""));
    }

    /** Percent-encoding that is right in a path too, where a plus is a plus. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
