package dev.collapsemonitor.standalone.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * From when something was sent until it was seen, of several runs whose steps follow each other. Who sees a step has every
 * earlier one of the run before them: a look that skips some counts them as seen at that moment, which is late rather than early.
 */
final class Delays {
    private final Map<String, List<Long>> sent = new HashMap<>();
    private final Map<String, Integer> seen = new HashMap<>();
    private final List<Double> millis = new ArrayList<>();
    private int arrived;
    private OptionalLong measuredFrom = OptionalLong.empty();
    private boolean allSent;

    /** What is sent before is waited for, but not measured. */
    synchronized void measureFrom(long nanos) {
        measuredFrom = OptionalLong.of(nanos);
    }

    /** The next step of a run is on its way; the first one has the number 1. */
    synchronized void sent(String run, long nanos) {
        sent.computeIfAbsent(run, name -> new ArrayList<>()).add(nanos);
    }

    /** A step of a run was seen. */
    synchronized void seen(String run, long step, long nanos) {
        List<Long> times = sent.getOrDefault(run, List.of());
        int before = seen.getOrDefault(run, 0);
        int now = (int) Math.min(step, times.size());
        for (int i = before; i < now; i++) {
            arrived++;
            if (measuredFrom.isEmpty() || times.get(i) - measuredFrom.getAsLong() >= 0) {
                millis.add((nanos - times.get(i)) / 1e6);
            }
        }
        seen.put(run, Math.max(before, now));
    }

    /** Nothing more will be sent. */
    synchronized void allSent() {
        allSent = true;
    }

    /** Whether everything was sent and seen. */
    synchronized boolean complete() {
        return allSent && sent.values().stream().mapToInt(List::size).sum() == arrived;
    }

    /** What was measured so far, in milliseconds. */
    synchronized double[] millis() {
        return millis.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
