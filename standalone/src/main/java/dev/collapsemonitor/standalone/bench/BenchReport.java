package dev.collapsemonitor.standalone.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** Figures by name, in the order in which they were measured. */
public final class BenchReport {
    private final Map<String, Double> figures = new LinkedHashMap<>();

    void add(String name, double value) {
        figures.put(name, value);
    }

    /** A figure that an earlier section measured; NaN when that section was left out. */
    double get(String name) {
        return figures.getOrDefault(name, Double.NaN);
    }

    /** All figures in the order of measurement. */
    public Iterable<Map.Entry<String, Double>> inOrder() {
        return figures.entrySet();
    }
}
