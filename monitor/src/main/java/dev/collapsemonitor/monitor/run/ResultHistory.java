package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Results of one layer; each series of it (one attempt, mode and split) is bounded as {@link Thinning} says. */
final class ResultHistory {
    private final NavigableMap<ResultId, LayerResult> results = new TreeMap<>();
    private final Map<Series, Integer> lengths = new HashMap<>();
    private long bytes;

    /** What a curve is drawn of. */
    private record Series(int attempt, Mode mode, Split split) {
        static Series of(ResultId id) {
            return new Series(id.attempt(), id.mode(), id.split());
        }
    }

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
        ResultId id = ResultId.of(result);
        LayerResult before = results.get(id);
        if (before != null && (before.getCoverage() > result.getCoverage() || before.equals(result))) {
            return false;
        }
        results.put(id, result);
        bytes += RunMemory.of(result);
        if (before == null) {
            lengths.merge(Series.of(id), 1, Integer::sum);
        } else {
            bytes -= RunMemory.of(before);
        }
        return true;
    }

    /** Thins the series of a result when it is too long; returns what went. */
    List<LayerResult> thin(LayerResult added) {
        Series series = Series.of(ResultId.of(added));
        return lengths.getOrDefault(series, 0) > Thinning.MOST ? thin(series) : List.of();
    }

    /** Thins the longest series; returns what went. */
    List<LayerResult> thinLongest() {
        return longest().map(this::thin).orElse(List.of());
    }

    /** Length of the longest series. */
    int longestLength() {
        return longest().map(lengths::get).orElse(0);
    }

    private Optional<Series> longest() {
        return lengths.entrySet().stream()
                .max(Comparator.comparingInt(Map.Entry::getValue))
                .map(Map.Entry::getKey);
    }

    private List<LayerResult> thin(Series series) {
        return remove(
                Thinning.surplus(ids(id -> Series.of(id).equals(series)))); // an order of its own within the layer's
    }

    /** Attempts that it has results of. */
    NavigableSet<Integer> attempts() {
        NavigableSet<Integer> attempts = new TreeSet<>();
        lengths.keySet().forEach(series -> attempts.add(series.attempt()));
        return attempts;
    }

    /** Drops the results of an attempt; returns them. */
    List<LayerResult> forget(int attempt) {
        return remove(ids(id -> id.attempt() == attempt));
    }

    private List<ResultId> ids(Predicate<ResultId> wanted) {
        return results.keySet().stream().filter(wanted).toList();
    }

    private List<LayerResult> remove(List<ResultId> ids) {
        List<LayerResult> removed = new ArrayList<>();
        for (ResultId id : ids) {
            LayerResult gone = results.remove(id);
            bytes -= RunMemory.of(gone);
            // Null removes the series.
            lengths.computeIfPresent(Series.of(id), (series, length) -> length == 1 ? null : (Integer) (length - 1));
            removed.add(gone);
        }
        return removed;
    }

    boolean isEmpty() {
        return results.isEmpty();
    }

    long bytes() {
        return bytes;
    }
}
