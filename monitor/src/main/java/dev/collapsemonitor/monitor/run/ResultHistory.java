package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.LayerResult;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Results of one layer, bounded: a series (one attempt, mode and split) that has grown too long loses every second result
 * but its first and its last, so that it always spans the whole run, the coarser the longer the run.
 */
final class ResultHistory {
    /** Results of a series before it is thinned; afterwards half of them. */
    static final int MOST_RESULTS = 1_000;

    private final NavigableMap<ResultId, LayerResult> results = new TreeMap<>();

    /** The results in order; not to be changed. */
    NavigableMap<ResultId, LayerResult> results() {
        return results;
    }

    /** Whether a result is known to the last bit. */
    boolean holds(LayerResult result) {
        return result.equals(results.get(ResultId.of(result)));
    }

    /**
     * Takes a result; of two of one identity the one with the higher coverage holds. Returns whether that changed anything.
     */
    boolean add(LayerResult result) {
        LayerResult before = results.get(ResultId.of(result));
        if (before != null && (before.getCoverage() > result.getCoverage() || before.equals(result))) {
            return false;
        }
        results.put(ResultId.of(result), result);
        return true;
    }

    /** Thins the series of a result when it is too long; returns what went. */
    List<LayerResult> thin(LayerResult added) {
        List<ResultId> series = results.keySet().stream()
                .filter(id -> id.attempt() == added.getAttempt()
                        && id.mode() == added.getMode()
                        && id.split() == added.getSplit())
                .toList();
        List<LayerResult> removed = new ArrayList<>();
        if (series.size() > MOST_RESULTS) {
            for (int i = 1; i < series.size() - 1; i += 2) {
                removed.add(results.remove(series.get(i)));
            }
        }
        return removed;
    }
}
