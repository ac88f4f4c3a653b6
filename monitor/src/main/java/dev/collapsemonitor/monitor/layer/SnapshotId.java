package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.layer.LayerState.WeightsId;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;

/** Identity of a snapshot within a run and layer. */
record SnapshotId(int attempt, long step, Split split) {
    static SnapshotId of(FeatureBatch batch) {
        return new SnapshotId(batch.getAttempt(), batch.getStep(), batch.getSplit());
    }

    /** Identity of the weights that belong to it. */
    WeightsId weights() {
        return new WeightsId(Mode.SNAPSHOT, attempt, step);
    }

    /** Whether this is a later pass of the same split. */
    boolean isNewerThan(SnapshotId other) {
        return split == other.split && (attempt > other.attempt || (attempt == other.attempt && step > other.step));
    }
}
