package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.v1.LayerResult;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One result: the metrics of one layer at one step. One row per identity (run, attempt, layer, mode, split, step).
 *
 * @param experiment of the run; empty when none is known
 * @param layerIndex position among the layers with weights, from 0
 * @param mode {@code snapshot} or {@code rolling}
 * @param split {@code train} or {@code test}
 * @param coverage share of the announced parts that was merged, in [0, 1]
 * @param timeMillis when the result was published, by the broker's clock
 * @param estimated whether the scatter was estimated from retained samples
 * @param notFinite whether NaN or infinity was found: the run has diverged
 * @param metrics by exported name
 * @param undefined why a metric has no value, by exported name
 * @param notes what to know about a value, by exported name
 * @param singularValues of the weights, largest first
 */
public record ResultRow(
        String run,
        String experiment,
        int attempt,
        String layer,
        int layerIndex,
        boolean classifier,
        String mode,
        String split,
        long step,
        double epoch,
        double coverage,
        long samples,
        long timeMillis,
        boolean estimated,
        boolean notFinite,
        Map<String, Double> metrics,
        Map<String, String> undefined,
        Map<String, String> notes,
        List<Double> singularValues,
        List<Double> snrSingularValues) {
    /** By run, layer, mode, split, attempt and step: each series in one piece, as it is plotted. */
    public static final Comparator<ResultRow> ORDER = Comparator.comparing(ResultRow::run)
            .thenComparingInt(ResultRow::layerIndex)
            .thenComparing(ResultRow::layer)
            .thenComparing(ResultRow::mode, Comparator.reverseOrder())
            .thenComparing(ResultRow::split, Comparator.reverseOrder())
            .thenComparingInt(ResultRow::attempt)
            .thenComparingLong(ResultRow::step);

    static ResultRow of(LayerResult result, String experiment, long timeMillis) {
        return new ResultRow(
                result.getRun(),
                experiment,
                result.getAttempt(),
                result.getLayer().getName(),
                result.getLayer().getIndex(),
                result.getLayer().getClassifier(),
                lower(result.getMode()),
                lower(result.getSplit()),
                result.getStep(),
                result.getEpoch(),
                result.getCoverage(),
                result.getSamples(),
                timeMillis,
                result.getEstimated(),
                result.getNotFinite(),
                new TreeMap<>(result.getMetricsMap()),
                new TreeMap<>(result.getUndefinedMap()),
                new TreeMap<>(result.getNotesMap()),
                List.copyOf(result.getSingularValuesList()),
                List.copyOf(result.getSnrSingularValuesList()));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
