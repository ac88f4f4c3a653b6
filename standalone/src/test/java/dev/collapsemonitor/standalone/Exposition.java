package dev.collapsemonitor.standalone;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One scrape of /metrics in Prometheus' text format, read by hand: what a Prometheus would see, with nothing of the
 * library that wrote it.
 *
 * @param help of each metric
 * @param series all samples in their order
 */
public record Exposition(Map<String, String> help, List<Series> series) {
    /** One sample. */
    public record Series(String name, Map<String, String> labels, double value) {}

    /**
     * Reads a scrape.
     *
     * @throws IllegalArgumentException when a line is none of the format
     */
    public static Exposition parse(String text) {
        Map<String, String> help = new TreeMap<>();
        List<Series> series = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("# HELP ")) {
                String[] words = line.split(" ", 4);
                requireName(words[2], line);
                if (help.put(words[2], words.length == 4 ? words[3] : "") != null) {
                    throw new IllegalArgumentException("two HELP lines for " + words[2]);
                }
            } else if (!line.startsWith("# TYPE ")) {
                series.add(new LineReader(line).series());
            }
        }
        return new Exposition(help, series);
    }

    /** Names of all samples. */
    public Set<String> names() {
        return series.stream().map(Series::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Names of all labels. */
    public Set<String> labelNames() {
        return series.stream()
                .flatMap(one -> one.labels().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Samples with at least these labels. */
    public List<Series> having(Map<String, String> labels) {
        Predicate<Series> matches = one -> one.labels().entrySet().containsAll(labels.entrySet());
        return series.stream().filter(matches).toList();
    }

    /** The one sample of that name with at least these labels. */
    public double value(String name, Map<String, String> labels) {
        List<Series> found =
                having(labels).stream().filter(one -> one.name().equals(name)).toList();
        if (found.size() != 1) {
            throw new IllegalStateException(name + labels + ": " + found.size() + " series instead of one: " + found);
        }
        return found.get(0).value();
    }

    /** The one sample of that name. */
    public double value(String name) {
        return value(name, Map.of());
    }

    private static void requireName(String name, String line) {
        if (!name.matches("[a-zA-Z_:][a-zA-Z0-9_:]*")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name: " + line);
        }
    }

    private static final class LineReader {
        private final String line;
        private int at;

        LineReader(String line) {
            this.line = line;
        }

        Series series() {
            String name = until("{ ");
            requireName(name, line);
            Map<String, String> labels = new LinkedHashMap<>();
            if (line.charAt(at) == '{') {
                at++;
                while (line.charAt(at) != '}') {
                    String label = until("=");
                    requireName(label, line);
                    expect("=\"");
                    if (labels.put(label, quoted()) != null) {
                        throw new IllegalArgumentException("label " + label + " twice: " + line);
                    }
                    if (line.charAt(at) == ',') {
                        at++;
                    } else if (line.charAt(at) != '}') {
                        throw new IllegalArgumentException("no comma after label " + label + ": " + line);
                    }
                }
                at++;
            }
            expect(" ");
            return new Series(name, labels, number(line.substring(at)));
        }

        private void expect(String text) {
            if (!line.startsWith(text, at)) {
                throw new IllegalArgumentException("no " + text + " at " + at + ": " + line);
            }
            at += text.length();
        }

        private String until(String ends) {
            int from = at;
            while (ends.indexOf(line.charAt(at)) < 0) {
                at++;
            }
            return line.substring(from, at);
        }

        private String quoted() {
            StringBuilder text = new StringBuilder();
            while (line.charAt(at) != '"') {
                char c = line.charAt(at++);
                if (c == '\\') {
                    c = line.charAt(at++);
                    if (c != 'n' && c != '"' && c != '\\') {
                        throw new IllegalArgumentException("unknown escape \\" + c + ": " + line);
                    }
                    c = c == 'n' ? '\n' : c;
                }
                text.append(c);
            }
            at++;
            return text.toString();
        }

        private static double number(String text) {
            return switch (text) {
                case "+Inf" -> Double.POSITIVE_INFINITY;
                case "-Inf" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(text);
            };
        }
    }
}
