package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A measure of a setting by step: its mean over the runs and how far they are apart. Only steps at which every run of the
 * setting that has the measure at all has it: a mean over fewer runs from some step on would jump where a run ends.
 *
 * @param points by step
 * @param runs how many runs it is made of
 * @param lacking runs of the setting without any value
 * @param shorter runs of the setting that end before others, which shortens the band
 */
public record Band(List<Point> points, int runs, List<Run> lacking, List<Run> shorter) {
    /** The mean of x, and of y its spread. */
    public record Point(double x, Spread y) {}

    private record Pair(double x, double y) {}

    /** Of a setting. */
    public static Band of(Setting setting, View view, XAxis axis, Measure measure) {
        List<NavigableMap<Long, Pair>> curves = new ArrayList<>();
        Map<Run, Long> ends = new LinkedHashMap<>();
        List<Run> lacking = new ArrayList<>();
        for (Run run : setting.runs()) {
            NavigableMap<Long, Pair> curve = curve(run, view, axis.measure(), measure);
            if (curve.isEmpty()) {
                lacking.add(run);
            } else {
                curves.add(curve);
                ends.put(run, curve.lastKey());
            }
        }
        List<Point> points = new ArrayList<>();
        if (!curves.isEmpty()) {
            TreeSet<Long> steps = new TreeSet<>(curves.get(0).keySet());
            curves.forEach(curve -> steps.retainAll(curve.keySet()));
            for (long step : steps) {
                double x = curves.stream()
                        .mapToDouble(curve -> curve.get(step).x())
                        .average()
                        .orElseThrow();
                points.add(new Point(
                        x,
                        Spread.of(curves.stream()
                                .map(curve -> curve.get(step).y())
                                .toList())));
            }
        }
        long last = ends.values().stream().mapToLong(Long::longValue).max().orElse(0);
        return new Band(
                List.copyOf(points),
                curves.size(),
                List.copyOf(lacking),
                ends.keySet().stream().filter(run -> ends.get(run) < last).toList());
    }

    private static NavigableMap<Long, Pair> curve(Run run, View view, Measure along, Measure measure) {
        NavigableMap<Long, Pair> curve = new TreeMap<>();
        for (ResultRow row : view.of(run)) {
            double x = along.at(run, row);
            double y = measure.at(run, row);
            if (Double.isFinite(x) && Double.isFinite(y)) {
                curve.put(row.step(), new Pair(x, y));
            }
        }
        return curve;
    }
}
