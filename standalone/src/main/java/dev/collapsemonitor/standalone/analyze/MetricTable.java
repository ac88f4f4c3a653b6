package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.monitor.geometry.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The metrics of one layer for people: in groups, each with its value and what it is. */
final class MetricTable {
    static final int WIDTH = 100;

    private static final int NAME = 32;
    private static final int VALUE = 11;
    private static final int TEXT = WIDTH - 2 - NAME - 1 - VALUE - 2;
    private static final double LARGEST_PLAIN = 1e9;
    private static final Pattern TRAILING_ZEROS = Pattern.compile("(\\.|(?<=\\.\\d{0,9}[1-9]))0+(?=e|$)");

    private MetricTable() {}

    static String of(LayerReport report) {
        List<String> lines = new ArrayList<>();
        lines.addAll(wrap((report.name().isEmpty() ? "" : report.name() + ": ") + report.arrays(), WIDTH));
        for (MetricGroup group : MetricGroup.values()) {
            List<Metric> metrics = Arrays.stream(Metric.values())
                    .filter(group::holds)
                    .filter(metric -> report.values().containsKey(metric)
                            || report.undefined().containsKey(metric))
                    .toList();
            if (!metrics.isEmpty()) {
                lines.add("");
                lines.add(group.title());
                metrics.forEach(metric -> addRow(report, metric, lines));
            }
        }
        addNotes(report, lines);
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    /** Each note once, with the metrics that it is about. */
    private static void addNotes(LayerReport report, List<String> lines) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        report.notes()
                .forEach((metric, note) ->
                        names.computeIfAbsent(note, key -> new ArrayList<>()).add(metric.exportedName()));
        if (!names.isEmpty()) {
            lines.add("");
            lines.add("Notes");
            names.forEach((note, metrics) ->
                    wrap(String.join(", ", metrics) + ": " + note, WIDTH - 2).forEach(line -> lines.add("  " + line)));
        }
    }

    private static void addRow(LayerReport report, Metric metric, List<String> lines) {
        Double value = report.values().get(metric);
        List<String> texts =
                wrap(value == null ? "undefined: " + report.undefined().get(metric) : metric.help(), TEXT);
        String name = metric.exportedName();
        String shown = value == null ? "-" : number(value);
        for (String text : texts) {
            lines.add(String.format("  %-" + NAME + "s %" + VALUE + "s  %s", name, shown, text));
            name = "";
            shown = "";
        }
    }

    /** At most six significant digits; whole numbers as such. */
    static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < LARGEST_PLAIN) {
            return Long.toString((long) value);
        }
        return TRAILING_ZEROS.matcher(String.format(Locale.ROOT, "%.6g", value)).replaceFirst("");
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
