package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.statistics.PartSet;
import java.util.LinkedHashMap;
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

    /** Weights of a step, complete or not, or null. */
    StepWeights weights(WeightsId id) {
        return weights.get(id);
    }

    void putWeights(WeightsId id, StepWeights newWeights) {
        weights.put(id, newWeights);
        if (weights.size() > KEPT_WEIGHTS) {
            // Not those of the oldest step: saved steps may be published newest first.
            weights.remove(weights.keySet().iterator().next());
        }
    }
}
