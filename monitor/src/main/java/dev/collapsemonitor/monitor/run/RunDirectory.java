package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The runs that this instance owns: what it exports and serves. Bounded: who needs room takes that of the run that ended
 * longest ago, whichever task owns it, else of the run that was {@linkplain RunLimits#QUIET quiet} for longest. While all
 * runs are alive, a new one is refused, and long series get coarser.
 */
public final class RunDirectory {
    private final RunMemory memory;
    private final Map<String, Run> runs = new ConcurrentHashMap<>();
    private final Set<String> evicted = ConcurrentHashMap.newKeySet();
    private final AtomicLong evictions = new AtomicLong();

    public RunDirectory() {
        this(RunLimits.DEFAULT);
    }

    public RunDirectory(RunLimits limits) {
        memory = new RunMemory(limits);
    }

    /**
     * Requires that a descriptor names no more layers than a run may have. Ask before the run is opened: what is rejected
     * makes no run known.
     *
     * @throws InvalidRecordException when it does
     */
    public void requireRoomFor(RunDescriptor descriptor) {
        memory.requireLayers(descriptor.getRun(), descriptor.getLayersCount());
    }

    /**
     * The run of that name, new when it was not known.
     *
     * @throws InvalidRecordException when there is no room for a new one
     */
    public Run open(String name) {
        Run run = runs.get(name);
        return run != null ? run : admit(name);
    }

    private synchronized Run admit(String name) {
        while (runs.size() >= memory.limits().maxRuns() || memory.exceeded()) {
            if (!evictOne(name)) {
                throw new InvalidRecordException(
                        Reason.TOO_MANY_RUNS,
                        "run " + name + " is new, but none of the " + runs.size() + " runs of this monitor ("
                                + memory.used() + " bytes) has ended; raise --max-runs ("
                                + memory.limits().maxRuns() + ") or --max-history-bytes ("
                                + memory.limits().maxHistoryBytes() + "), or add a monitor");
            }
        }
        return restore(name);
    }

    /** As {@link #open}, but it is never refused: the run was let in before. {@link #trim} when all are there. */
    public Run restore(String name) {
        return runs.computeIfAbsent(name, key -> new Run(key, memory));
    }

    /**
     * Evicts ended runs as long as there are too many: tasks may have come from another instance. When that is not enough,
     * the given ones get coarser.
     */
    public void trim(Collection<String> restored) {
        synchronized (this) {
            while ((runs.size() > memory.limits().maxRuns() || memory.exceeded()) && evictOne("")) {
                // The next one.
            }
        }
        restored.stream().map(runs::get).filter(Objects::nonNull).forEach(this::relieve);
    }

    /** Makes room when too much is kept: evicts ended runs, and when there are none, the run that has grown pays. */
    public void relieve(Run grown) {
        if (memory.exceeded()) {
            synchronized (this) {
                while (memory.exceeded() && evictOne(grown.name())) {
                    // The next one.
                }
            }
            if (memory.exceeded()) {
                grown.coarsen();
            }
        }
    }

    private boolean evictOne(String except) {
        Optional<Run> victim = victim(except);
        victim.ifPresent(run -> {
            // The store's entries are its owner's to delete.
            evicted.add(run.name());
            runs.remove(run.name());
            run.close();
            evictions.incrementAndGet();
        });
        return victim.isPresent();
    }

    private Optional<Run> victim(String except) {
        Comparator<Run> longestAgo = Comparator.comparingLong(Run::lastRecordMillis);
        List<Run> others =
                runs.values().stream().filter(run -> !run.name().equals(except)).toList();
        Optional<Run> ended = others.stream().filter(Run::ended).min(longestAgo);
        if (ended.isPresent()) {
            return ended;
        }
        // By the records, not by this machine's clock: while the monitor or the broker pauses, all runs seem quiet.
        long newest =
                runs.values().stream().mapToLong(Run::lastRecordMillis).max().orElse(0);
        return others.stream()
                .min(longestAgo)
                .filter(run -> Instant.ofEpochMilli(run.lastRecordMillis())
                        .plus(RunLimits.QUIET)
                        .isBefore(Instant.ofEpochMilli(newest)));
    }

    /** Whether a run was evicted since this was asked last: then what its owner stored of it is to be deleted. */
    public boolean takeEvicted(String name) {
        return evicted.remove(name);
    }

    /** Runs evicted so far. */
    public long evictions() {
        return evictions.get();
    }

    /** Bytes that everything kept of runs takes, about. */
    public long usedBytes() {
        return memory.used();
    }

    public RunLimits limits() {
        return memory.limits();
    }

    /** The run of that name, or null. */
    public Run find(String name) {
        return runs.get(name);
    }

    /** Forgets runs, because another instance owns them now. */
    public void release(Collection<String> names) {
        for (String name : names) {
            evicted.remove(name);
            Run run = runs.remove(name);
            if (run != null) {
                run.close();
            }
        }
    }

    /** All runs, by name. */
    public List<Run> all() {
        return runs.values().stream().sorted(Comparator.comparing(Run::name)).toList();
    }
}
