package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.phase.Observation;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The training snapshots of a run's classifier in the order of steps, each step once, as one training: an attempt that was
 * resumed goes on where the one before it was left, and one that began anew replaces it.
 */
final class Trajectory {
    /** Of a snapshot that is less complete than this the metrics say little. */
    private static final double LEAST_COVERAGE = 0.5;

    private Trajectory() {}

    static List<Observation> of(Run run) {
        NavigableMap<Long, Progress> reported = new TreeMap<>();
        run.progressHistory().stream()
                .filter(Progress::hasAccuracy)
                .forEach(progress -> reported.put(progress.getStep(), progress));
        return results(run).values().stream()
                .map(result -> observation(result, reported.floorEntry(result.getStep())))
                .toList();
    }

    /** The results behind it, by step. */
    static NavigableMap<Long, LayerResult> results(Run run) {
        NavigableMap<Long, LayerResult> results = new TreeMap<>();
        int attempt = -1;
        for (LayerResult result : run.history(classifier(run), Mode.SNAPSHOT)) { // by attempt and step
            if (result.getSplit() != Split.TRAIN || result.getCoverage() < LEAST_COVERAGE) {
                continue;
            }
            if (result.getAttempt() != attempt) {
                attempt = result.getAttempt();
                results.tailMap(result.getStep(), true).clear();
            }
            results.put(result.getStep(), result);
        }
        return results;
    }

    private static String classifier(Run run) {
        return run.layers().stream()
                .filter(Layer::getClassifier)
                .max(Comparator.comparingInt(Layer::getIndex))
                .map(Layer::getName)
                .orElse("");
    }

    private static Observation observation(LayerResult result, Map.Entry<Long, Progress> reported) {
        return new Observation(
                result.getAttempt(),
                result.getStep(),
                result.getEpoch(),
                value(result, Metric.ERROR_RATE),
                reported == null ? Double.NaN : reported.getValue().getAccuracy(),
                value(result, Metric.NC0_NORM),
                value(result, Metric.NC0_RELATIVE),
                value(result, Metric.NC1),
                value(result, Metric.NC2_ETF_MEANS),
                value(result, Metric.NC3),
                value(result, Metric.FROBENIUS_NORM));
    }

    private static double value(LayerResult result, Metric metric) {
        return result.getMetricsOrDefault(metric.exportedName(), Double.NaN);
    }
}
