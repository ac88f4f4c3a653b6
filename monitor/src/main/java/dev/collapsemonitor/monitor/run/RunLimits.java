package dev.collapsemonitor.monitor.run;

import java.time.Duration;

/**
 * Bounds on what an instance keeps of runs.
 *
 * @param maxRuns runs that it owns at a time
 * @param maxLayers layers of one run
 * @param maxHistoryBytes memory of everything that is kept of all runs, about
 */
public record RunLimits(int maxRuns, int maxLayers, long maxHistoryBytes) {
    public static final RunLimits DEFAULT = new RunLimits(10_000, 1_000, 1L << 30);

    /** Without any record for so long, while others have some, a run that did not report its end has ended all the same. */
    static final Duration QUIET = Duration.ofHours(1);

    /** Attempts of a run whose results are kept: the newest. A run that is preempted all day still shows its curve. */
    static final int KEPT_ATTEMPTS = 10;
}
