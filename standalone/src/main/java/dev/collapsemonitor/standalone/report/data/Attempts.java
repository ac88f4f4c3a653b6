package dev.collapsemonitor.standalone.report.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * Joins the attempts of a run. One that was resumed goes on where its checkpoint was: the steps before that are those of the
 * attempt before. One that began anew replaces what was before.
 */
final class Attempts {
    private Attempts() {}

    /** The first step that each attempt says something of, from any kind of rows. */
    static NavigableMap<Integer, Long> firstSteps(Map<Integer, List<Long>> steps) {
        NavigableMap<Integer, Long> first = new TreeMap<>();
        steps.forEach((attempt, all) ->
                all.stream().min(Comparator.naturalOrder()).ifPresent(step -> first.put(attempt, step)));
        return first;
    }

    /** The rows that hold: of each attempt those before the first step of all newer ones. */
    static <R> List<R> join(
            List<R> rows, NavigableMap<Integer, Long> firstSteps, ToIntFunction<R> attempt, ToLongFunction<R> step) {
        List<R> joined = new ArrayList<>();
        for (R row : rows) {
            boolean superseded = firstSteps.tailMap(attempt.applyAsInt(row), false).values().stream()
                    .anyMatch(first -> first <= step.applyAsLong(row));
            if (!superseded) {
                joined.add(row);
            }
        }
        joined.sort(Comparator.comparingLong(step));
        return joined;
    }
}
