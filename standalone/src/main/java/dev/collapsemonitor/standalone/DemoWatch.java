package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Follows the runs of the demo through the monitor's API until it has shown the end of each. */
final class DemoWatch {
    /** What the monitor has at most to catch up with once the training processes have ended. */
    static final Duration GRACE = Duration.ofSeconds(60);

    private static final Set<String> BAD_ENDS = Set.of("FAILED", "DIVERGED");

    private final Map<String, List<SnapshotView>> histories = new LinkedHashMap<>();
    // Snapshots and loss reach us by different ways; a row must not show a loss of later steps.
    private final Map<String, NavigableMap<Long, LiveTable.Report>> reports = new HashMap<>();
    private final MonitorClient client;
    private final BooleanSupplier trained;
    private final LiveTable table;
    private final LongSupplier nanoTime;
    private boolean catchingUp;
    private long trainedAt;
    private String missing = "";

    /**
     * Prepares to follow runs.
     *
     * @param trained whether their processes have ended well; throws when one failed
     * @param nanoTime as {@link System#nanoTime}
     */
    DemoWatch(
            List<String> runs, MonitorClient client, BooleanSupplier trained, LiveTable table, LongSupplier nanoTime) {
        this.client = client;
        this.trained = trained;
        this.table = table;
        this.nanoTime = nanoTime;
        runs.forEach(run -> {
            histories.put(run, List.of());
            reports.put(run, new TreeMap<>(Map.of(Long.MIN_VALUE, LiveTable.Report.NONE)));
        });
    }

    /**
     * Shows what is new.
     *
     * @return whether every run is finished and its last snapshot was seen
     * @throws UserException when a run failed, or the monitor does not catch up in time
     */
    boolean isDone() {
        // Before the news: a failed process explains itself better than a run that falls silent.
        boolean ended = trained.getAsBoolean();
        if (showNews()) {
            return true;
        }
        if (ended) {
            long now = nanoTime.getAsLong();
            if (!catchingUp) {
                catchingUp = true;
                trainedAt = now;
            } else if (now - trainedAt > GRACE.toNanos()) {
                throw new UserException("the runs ended " + GRACE.toSeconds() + " s ago, but " + missing
                        + "; run it again with --verbose to see why");
            }
        }
        return false;
    }

    /** The snapshots of each run, by ascending step. */
    Map<String, List<SnapshotView>> histories() {
        return histories;
    }

    private boolean showNews() {
        try {
            Set<String> incomplete = new LinkedHashSet<>(histories.keySet());
            incomplete.forEach(run -> missing = "the monitor does not know run " + run);
            for (RunView run : client.runs()) {
                if (histories.containsKey(run.run())) {
                    requireGoodEnd(run);
                    show(run);
                    if (isComplete(run)) {
                        incomplete.remove(run.run());
                    }
                }
            }
            return incomplete.isEmpty();
        } catch (IOException e) {
            // The monitor may be busy starting; the grace bounds how long that is believed.
            missing = "the monitor does not answer (" + e.getMessage() + ")";
            return false;
        }
    }

    private void requireGoodEnd(RunView run) {
        if (BAD_ENDS.contains(run.status())) {
            throw new UserException("training run " + run.run() + " is " + run.status() + " at step " + run.step());
        }
    }

    private void show(RunView run) throws IOException {
        NavigableMap<Long, LiveTable.Report> reported = reports.get(run.run());
        reported.put(run.step(), new LiveTable.Report(run.loss(), run.accuracy()));
        List<SnapshotView> shown = histories.get(run.run());
        if (run.classifierStep() <= lastStep(shown)) {
            return;
        }
        List<SnapshotView> snapshots = client.trainSnapshots(run.run(), run.classifier());
        snapshots.stream()
                .filter(snapshot -> snapshot.step() > lastStep(shown))
                .forEach(snapshot -> table.add(
                        run.run(), reported.floorEntry(snapshot.step()).getValue(), snapshot));
        histories.put(run.run(), snapshots);
    }

    private boolean isComplete(RunView run) {
        long last = lastStep(histories.get(run.run()));
        if (run.status().equals("FINISHED") && last >= run.step()) {
            return true;
        }
        missing = "the monitor has run " + run.run() + " as " + run.status() + " at step " + run.step()
                + " with its last snapshot at step " + last;
        return false;
    }

    private static long lastStep(List<SnapshotView> snapshots) {
        return snapshots.isEmpty() ? -1 : snapshots.get(snapshots.size() - 1).step();
    }
}
