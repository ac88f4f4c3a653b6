package dev.collapsemonitor.standalone.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What a monitor exports, line by line as Prometheus reads it. */
final class Exposition {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final HttpRequest request;

    Exposition(String url) {
        request = HttpRequest.newBuilder(URI.create(url + "/metrics"))
                .timeout(PATIENCE)
                .build();
    }

    String read() throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    /** Sum over the series whose line starts so, such as {@code collapse_nc1&#123;run="a"}. */
    static double sum(String text, String start) {
        double sum = 0;
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(start)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    /** Number of series whose line starts so. */
    static int count(String text, String start) {
        int count = 0;
        for (String line : text.split("\n", -1)) {
            count += line.startsWith(start) ? 1 : 0;
        }
        return count;
    }
}
