package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;

/** Whether a run is alive, independent of how far its collapse is. */
public enum RunStatus {
    RUNNING,
    SILENT,
    FINISHED,
    FAILED,
    DIVERGED;

    /**
     * The status from what is known: divergence, which an end does not undo, else an end that was reported, else silence
     * for longer than the run promised.
     *
     * @param progress the newest progress of the attempt, or null
     * @param diverged whether NaN or infinity was found in features, weights or loss, or the loss left what was reached
     * @param silenceMillis caught-up time since the newest record of the run
     * @param promisedMillis the heartbeat interval that the run promised; 0 when none
     */
    static RunStatus of(Progress progress, boolean diverged, long silenceMillis, long promisedMillis) {
        if (diverged) {
            return DIVERGED;
        }
        if (progress != null && progress.getEvent() == ProgressEvent.FINISHED) {
            return FINISHED;
        }
        if (progress != null && progress.getEvent() == ProgressEvent.FAILED) {
            return FAILED;
        }
        return promisedMillis > 0 && silenceMillis > promisedMillis ? SILENT : RUNNING;
    }
}
