package dev.collapsemonitor.standalone.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

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
        return lines(text, start).stream().mapToDouble(Exposition::value).sum();
    }

    /** The lines that start so. */
    static List<String> lines(String text, String start) {
        return text.lines().filter(line -> line.startsWith(start)).toList();
    }

    /** Value of a series. */
    static double value(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    /** Value of a label that needs no escapes; empty when the series has none of that name. */
    static String label(String line, String name) {
        int from = Math.max(line.indexOf("{" + name + "=\""), line.indexOf("," + name + "=\""));
        if (from < 0) {
            return "";
        }
        int begin = from + name.length() + 3;
        return line.substring(begin, line.indexOf('"', begin));
    }

    /** Number of series whose line starts so. */
    static int count(String text, String start) {
        return lines(text, start).size();
    }
}
