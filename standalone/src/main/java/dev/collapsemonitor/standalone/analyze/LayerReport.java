package dev.collapsemonitor.standalone.analyze;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The metrics of one layer that belong to the arrays that were given.
 *
 * @param name of the layer; empty when there is only one
 * @param arrays one line on what the metrics were computed from
 * @param values defined metrics
 * @param undefined metrics that belong here but have no value, with the reason
 * @param notes what to know about a value
 */
record LayerReport(
        String name,
        String arrays,
        Map<Metric, Double> values,
        Map<Metric, String> undefined,
        Map<Metric, String> notes) {
    private static final String NOT_TOLD = "saved arrays do not tell";

    /** What takes more than the arrays of one moment. */
    private static final Map<Metric, String> BEYOND_ARRAYS = Map.of(
            Metric.NC0_FORECAST, "needs the optimizer and its schedule, which arrays do not tell",
            Metric.CENTRAL_PATH_SPREAD, "needs the first snapshot of the run to compare with",
            Metric.WEIGHTS_AGE_STEPS, "arrays do not tell their steps");

    static LayerReport of(String name, LayerArrays layer, boolean classifier, MetricValues computed) {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        values.putAll(computed.values());
        Map<Metric, String> undefined = new EnumMap<>(Metric.class);
        undefined.putAll(computed.undefined());
        boolean features = layer.features().isPresent();
        boolean weights = layer.weights().isPresent();
        for (Metric metric : Metric.values()) {
            boolean belongs = switch (metric.scope()) {
                case FEATURES -> features;
                case WEIGHTS -> weights;
                case BOTH -> features && weights;
                case CLASSIFIER -> classifier;
                case RUN -> false;
            };
            if (belongs && !values.containsKey(metric)) {
                undefined.putIfAbsent(metric, missing(metric, features));
            }
        }
        return new LayerReport(name, describe(layer, classifier), values, undefined, computed.notes());
    }

    private static String missing(Metric metric, boolean features) {
        if (BEYOND_ARRAYS.containsKey(metric)) {
            return BEYOND_ARRAYS.get(metric);
        }
        return features ? NOT_TOLD : "needs features too";
    }

    private static String describe(LayerArrays layer, boolean classifier) {
        StringBuilder text = new StringBuilder();
        layer.features()
                .ifPresent(array -> text.append("features ")
                        .append(array.rows())
                        .append(" x ")
                        .append(array.columns())
                        .append(layer.predictions().length > 0 ? " with predictions, " : ", "));
        layer.weights()
                .ifPresent(array -> text.append(classifier ? "classifier " : "weights ")
                        .append(array.rows())
                        .append(" x ")
                        .append(array.columns())
                        .append(layer.bias().isPresent() ? " with bias, " : ", "));
        return text.append(layer.classes() == 0 ? "classes unknown" : layer.classes() + " classes")
                .toString();
    }

    /** Metric, value or null; and the reasons and notes beside, where there are any. */
    Map<String, Object> toMap() {
        Map<String, Object> object = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            if (values.containsKey(metric) || undefined.containsKey(metric)) {
                object.put(metric.exportedName(), values.get(metric));
            }
        }
        if (!undefined.isEmpty()) {
            object.put("undefined", byName(undefined));
        }
        if (!notes.isEmpty()) {
            object.put("notes", byName(notes));
        }
        return object;
    }

    private static Map<String, String> byName(Map<Metric, String> texts) {
        Map<String, String> named = new LinkedHashMap<>();
        texts.forEach((metric, text) -> named.put(metric.exportedName(), text));
        return named;
    }
}
