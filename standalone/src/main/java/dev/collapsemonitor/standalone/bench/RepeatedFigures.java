package dev.collapsemonitor.standalone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Figures that several processes measured alike. Where a process's memory happens to lie and what it compiled when decides
 * about a percent, for as long as it lives: only processes tell how certain a mean is.
 */
final class RepeatedFigures {
    private final List<Map<String, Double>> processes = new ArrayList<>();

    void add(Map<String, Double> figures) {
        processes.add(figures);
    }

    /** What all of them measured, in the order of the first. */
    List<String> names() {
        return processes.stream().findFirst().map(Map::keySet).orElseGet(Set::of).stream()
                .filter(name -> processes.stream().allMatch(figures -> figures.containsKey(name)))
                .toList();
    }

    double mean(String name) {
        return processes.stream()
                .mapToDouble(figures -> figures.get(name))
                .average()
                .orElse(Double.NaN);
    }

    double largest(String name) {
        return processes.stream()
                .mapToDouble(figures -> figures.get(name))
                .max()
                .orElse(Double.NaN);
    }

    /** Of the mean; NaN for fewer than two processes. */
    double standardError(String name) {
        int count = processes.size();
        if (count < 2) {
            return Double.NaN;
        }
        double mean = mean(name);
        double squares = processes.stream()
                .mapToDouble(figures -> figures.get(name) - mean)
                .map(difference -> difference * difference)
                .sum();
        return Math.sqrt(squares / (count - 1) / count);
    }
}
