package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.statistics.PartSet;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is kept of one run's layer between records. */
final class LayerState {
    /** Closed snapshots remembered, so that a redelivered part never starts a new one. */
    private static final int REMEMBERED = 1024;

    /** Steps whose weights are kept for features that are still to come: the last to arrive, of whatever steps. */
    private static final int KEPT_WEIGHTS = 4;

    private final Map<SnapshotId, OpenSnapshot> open = new LinkedHashMap<>();
    private final Map<SnapshotId, PartSet> closed = new LinkedHashMap<>();
    private final Map<WeightsId, StepWeights> weights = new LinkedHashMap<>();
    private final Map<WeightsId, StepWeights> rollingWeights =
            new LinkedHashMap<>(); // beside: they come far more often
    private final Map<Split, RollingWindow> rolling = new EnumMap<>(Split.class);
    private FirstOmegas first = new FirstOmegas(0, 0, new double[0]); // attempts count from 1

    /** Identity of the weights of a step. */
    record WeightsId(int attempt, long step) {}

    Map<SnapshotId, OpenSnapshot> open() {
        return open;
    }

    /** Parts of a snapshot that was closed, or null. */
    PartSet closed(SnapshotId id) {
        return closed.get(id);
    }

    void rememberClosed(SnapshotId id, PartSet parts) {
        closed.put(id, parts);
        if (closed.size() > REMEMBERED) {
            closed.remove(closed.keySet().iterator().next());
        }
    }

    /** SNR singular values of the earliest snapshot of the attempt that was closed, if it is earlier; else empty. */
    double[] omegasBefore(SnapshotId id) {
        boolean earlier = first.attempt() == id.attempt() && first.step() < id.step();
        return id.split() == Split.TRAIN && earlier ? first.values() : new double[0];
    }

    /** Takes note of a complete snapshot's SNR singular values. */
    void rememberOmegas(SnapshotId id, double[] omegas) {
        boolean newAttempt = id.attempt() > first.attempt();
        boolean earlier = id.attempt() == first.attempt() && id.step() < first.step();
        if (id.split() == Split.TRAIN && omegas.length > 0 && (newAttempt || earlier)) {
            first = new FirstOmegas(id.attempt(), id.step(), omegas);
        }
    }

    /** Rolling statistics of the newest attempt that published some, by split. */
    Map<Split, RollingWindow> rolling() {
        return rolling;
    }

    /** Weights of a step, complete or not, or null. */
    StepWeights weights(Mode mode, WeightsId id) {
        return weightsOf(mode).get(id);
    }

    /** Newest complete weights of the attempt up to a step, of either mode, or null. */
    StepWeights newestWeights(int attempt, long step) {
        StepWeights newest = null;
        for (Map<WeightsId, StepWeights> of : List.of(weights, rollingWeights)) {
            for (Map.Entry<WeightsId, StepWeights> entry : of.entrySet()) {
                WeightsId id = entry.getKey();
                boolean usable = id.attempt() == attempt
                        && id.step() <= step
                        && entry.getValue().complete();
                if (usable && (newest == null || id.step() > newest.declared().getStep())) {
                    newest = entry.getValue();
                }
            }
        }
        return newest;
    }

    void putWeights(Mode mode, WeightsId id, StepWeights newWeights) {
        Map<WeightsId, StepWeights> kept = weightsOf(mode);
        kept.put(id, newWeights);
        if (kept.size() > KEPT_WEIGHTS) {
            // Not those of the oldest step: saved steps may be published newest first.
            kept.remove(kept.keySet().iterator().next());
        }
    }

    private Map<WeightsId, StepWeights> weightsOf(Mode mode) {
        return mode == Mode.ROLLING ? rollingWeights : weights;
    }
}
