package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.monitor.geometry.Metric;
import java.util.ArrayList;
import java.util.List;

/** How far collapse reaches into the network: a line per layer. */
final class DepthTable {
    private static final List<Metric> COLUMNS = List.of(Metric.NC1, Metric.TCV, Metric.STABLE_RANK, Metric.NC4);
    private static final int LONGEST_NAME = 48;
    private static final String CELL = " %12s";

    private DepthTable() {}

    static String of(List<LayerReport> reports) {
        int width = reports.stream()
                .mapToInt(report -> shortened(report.name()).length())
                .max()
                .orElse(0);
        String layer = "  %-" + Math.max(width, "layer".length()) + "s";
        List<String> lines = new ArrayList<>();
        lines.add("Depth");
        StringBuilder heading = new StringBuilder(String.format(layer, "layer"));
        COLUMNS.forEach(metric -> heading.append(String.format(CELL, metric.exportedName())));
        lines.add(heading.toString());
        for (LayerReport report : reports) {
            StringBuilder line = new StringBuilder(String.format(layer, shortened(report.name())));
            for (Metric metric : COLUMNS) {
                Double value = report.values().get(metric);
                line.append(String.format(CELL, value == null ? "-" : MetricTable.number(value)));
            }
            lines.add(line.toString());
        }
        return String.join("\n", lines);
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : "..." + name.substring(name.length() - LONGEST_NAME + 3);
    }
}
