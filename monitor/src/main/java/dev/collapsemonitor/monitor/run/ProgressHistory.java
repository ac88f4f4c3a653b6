package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Loss, accuracy and learning rate of one attempt by step, bounded as {@link Thinning} says. */
final class ProgressHistory {
    private final NavigableMap<Long, Progress> byStep = new TreeMap<>();
    private long bytes;

    /** What is kept of a progress record: not the elasticity probe, which can be a megabyte, nor why it failed. */
    static Progress entry(Progress progress) {
        return progress.toBuilder().clearElasticityProbe().clearReason().build();
    }

    /** Takes a record; returns what the history gave up for it. */
    List<Progress> add(Progress progress) {
        Progress entry = entry(progress);
        Progress before = byStep.put(entry.getStep(), entry);
        bytes += RunMemory.of(entry) - (before == null ? 0 : RunMemory.of(before));
        return byStep.size() > Thinning.MOST ? thin() : List.of();
    }

    /** Drops every second entry; returns what went. */
    List<Progress> thin() {
        List<Progress> removed = new ArrayList<>();
        for (long step : Thinning.surplus(List.copyOf(byStep.keySet()))) {
            removed.add(byStep.remove(step));
        }
        removed.forEach(gone -> bytes -= RunMemory.of(gone));
        return removed;
    }

    /** Drops everything; returns it. */
    List<Progress> clear() {
        List<Progress> removed = entries();
        byStep.clear();
        bytes = 0;
        return removed;
    }

    List<Progress> entries() {
        return List.copyOf(byStep.values());
    }

    int size() {
        return byStep.size();
    }

    long bytes() {
        return bytes;
    }
}
