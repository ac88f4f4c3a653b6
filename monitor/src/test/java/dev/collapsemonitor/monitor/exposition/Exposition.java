package dev.collapsemonitor.monitor.exposition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A strict reader of the Prometheus text format: what it cannot read fails the test. */
final class Exposition {
    final Map<String, String> help = new LinkedHashMap<>();
    final Map<String, String> types = new LinkedHashMap<>();
    final List<Sample> samples = new ArrayList<>();

    record Sample(String name, Map<String, String> labels, double value) {}

    Exposition(String text) {
        for (String line : text.lines().filter(line -> !line.isEmpty()).toList()) {
            if (line.startsWith("# HELP ")) {
                String[] words = line.substring(7).split(" ", 2);
                help.put(words[0], words[1]);
            } else if (line.startsWith("# TYPE ")) {
                String[] words = line.substring(7).split(" ", 2);
                types.put(words[0], words[1]);
            } else {
                samples.add(sample(line));
            }
        }
    }

    List<Sample> of(String name) {
        return samples.stream().filter(sample -> sample.name.equals(name)).toList();
    }

    private static Sample sample(String line) {
        int at = 0;
        while (Character.isLetterOrDigit(line.charAt(at)) || line.charAt(at) == '_' || line.charAt(at) == ':') {
            at++;
        }
        String name = line.substring(0, at);
        Map<String, String> labels = new LinkedHashMap<>();
        if (line.charAt(at) == '{') {
            at++;
            while (line.charAt(at) != '}') {
                int equals = line.indexOf("=\"", at);
                String label = line.substring(at, equals);
                if (!label.matches("[a-zA-Z_][a-zA-Z0-9_]*")) {
                    throw new IllegalStateException("label \"" + label + "\" in: " + line);
                }
                StringBuilder value = new StringBuilder();
                at = equals + 2;
                while (line.charAt(at) != '"') {
                    if (line.charAt(at) == '\\') {
                        at++;
                        value.append(
                                switch (line.charAt(at)) {
                                    case 'n' -> '\n';
                                    case '"', '\\' -> line.charAt(at);
                                    default -> throw new IllegalStateException("escape in: " + line);
                                });
                    } else {
                        value.append(line.charAt(at));
                    }
                    at++;
                }
                if (labels.put(label, value.toString()) != null) {
                    throw new IllegalStateException("label " + label + " twice in: " + line);
                }
                at++;
                if (line.charAt(at) == ',') {
                    at++;
                }
            }
            at++;
        }
        String value = line.substring(at + 1);
        if (line.charAt(at) != ' ' || value.contains(" ")) {
            throw new IllegalStateException("a timestamp or worse in: " + line);
        }
        return new Sample(
                name,
                labels,
                Double.parseDouble(value.replace("+Inf", "Infinity").replace("-Inf", "-Infinity")));
    }
}
