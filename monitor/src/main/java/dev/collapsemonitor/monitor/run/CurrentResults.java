package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest result of each layer, mode and split of one attempt: what every scrape asks for, so it is kept rather than
 * looked up in the histories.
 */
final class CurrentResults {
    private static final Comparator<LayerResult> ORDER = Comparator.comparingInt(
                    (LayerResult result) -> result.getLayer().getIndex())
            .thenComparing(result -> result.getLayer().getName())
            .thenComparing(LayerResult::getMode)
            .thenComparing(LayerResult::getSplit);

    private final Map<Series, LayerResult> newest = new HashMap<>();
    private List<LayerResult> ordered = List.of();
    private boolean changed;

    private record Series(String layer, Mode mode, Split split) {
        static Series of(LayerResult result) {
            return new Series(result.getLayer().getName(), result.getMode(), result.getSplit());
        }
    }

    /** Takes a result of the attempt that holds for its identity. */
    void take(LayerResult result) {
        LayerResult before = newest.get(Series.of(result));
        if (before == null || before.getStep() <= result.getStep()) {
            newest.put(Series.of(result), result);
            changed = true;
        }
    }

    /** Another attempt has begun. */
    void clear() {
        newest.clear();
        changed = true;
    }

    /** The newest results, layers in order. */
    List<LayerResult> inOrder() {
        if (changed) {
            ordered = newest.values().stream().sorted(ORDER).toList();
            changed = false;
        }
        return ordered;
    }
}
