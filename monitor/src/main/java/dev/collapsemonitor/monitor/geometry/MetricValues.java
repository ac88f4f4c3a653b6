package dev.collapsemonitor.monitor.geometry;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** Metrics of one layer: a value, or the reason why there is none; and notes on values that need one. */
public final class MetricValues {
    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
    private final Map<Metric, String> undefined = new EnumMap<>(Metric.class);
    private final Map<Metric, String> notes = new EnumMap<>(Metric.class);

    MetricValues() {}

    /** Defined metrics; all values are finite. */
    public Map<Metric, Double> values() {
        return Collections.unmodifiableMap(values);
    }

    /** Why a metric that belongs here has no value. */
    public Map<Metric, String> undefined() {
        return Collections.unmodifiableMap(undefined);
    }

    /** What to know about a value that is defined. */
    public Map<Metric, String> notes() {
        return Collections.unmodifiableMap(notes);
    }

    /** The value, or NaN when undefined. */
    public double get(Metric metric) {
        return values.getOrDefault(metric, Double.NaN);
    }

    MetricValues set(Metric metric, double value) {
        if (!Double.isFinite(value)) {
            return undefine("not finite: " + value, metric);
        }
        undefined.remove(metric);
        values.put(metric, value);
        return this;
    }

    MetricValues undefine(String reason, Metric... metrics) {
        for (Metric metric : metrics) {
            values.remove(metric);
            undefined.put(metric, reason);
        }
        return this;
    }

    MetricValues note(Metric metric, String text) {
        notes.put(metric, text);
        return this;
    }
}
