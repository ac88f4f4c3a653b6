package dev.collapsemonitor.monitor.run;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The runs that this instance owns: what it exports and serves. */
public final class RunDirectory {
    private final Map<String, Run> runs = new ConcurrentHashMap<>();

    /** The run of that name, new when it was not known. */
    public Run open(String name) {
        return runs.computeIfAbsent(name, Run::new);
    }

    /** The run of that name, or null. */
    public Run find(String name) {
        return runs.get(name);
    }

    /** Forgets runs, because another instance owns them now. */
    public void release(Collection<String> names) {
        names.forEach(runs::remove);
    }

    /** All runs, by name. */
    public List<Run> all() {
        return runs.values().stream().sorted(Comparator.comparing(Run::name)).toList();
    }
}
