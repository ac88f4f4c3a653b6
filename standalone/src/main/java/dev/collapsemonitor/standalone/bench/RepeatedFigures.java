package dev.collapsemonitor.standalone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Figures that several processes measured alike. Where a process's memory happens to lie and what it compiled when decides
 * about a percent, for as long as it lives: only processes tell how certain a mean is.
 */
final class RepeatedFigures {
    private final List<Map<String, Double>> processes = new ArrayList<>();

    /** @throws IllegalArgumentException when the names are not those of the processes before */
    void add(Map<String, Double> figures) {
        if (!processes.isEmpty() && !processes.get(0).keySet().equals(figures.keySet())) {
            throw new IllegalArgumentException(
                    "one process measured " + processes.get(0).keySet() + ", another " + figures.keySet());
        }
        processes.add(Map.copyOf(figures));
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
