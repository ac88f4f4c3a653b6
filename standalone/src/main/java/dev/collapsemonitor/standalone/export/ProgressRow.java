package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.v1.Progress;
import java.util.Comparator;

/**
 * Where a run stood at one step, as its trainer said; a measure that it did not say is null. One row per run, attempt and
 * step.
 *
 * @param experiment of the run; empty when none is known
 * @param accuracy of the training set, in [0, 1]
 * @param recordsDropped by the publisher since the attempt began
 * @param timeMillis when it was published, by the broker's clock
 */
public record ProgressRow(
        String run,
        String experiment,
        int attempt,
        long step,
        double epoch,
        Double loss,
        Double accuracy,
        Double learningRate,
        long recordsDropped,
        long timeMillis) {
    /** By run, attempt and step. */
    public static final Comparator<ProgressRow> ORDER = Comparator.comparing(ProgressRow::run)
            .thenComparingInt(ProgressRow::attempt)
            .thenComparingLong(ProgressRow::step);

    static ProgressRow of(Progress progress, String experiment, long timeMillis) {
        return new ProgressRow(
                progress.getRun(),
                experiment,
                progress.getAttempt(),
                progress.getStep(),
                progress.getEpoch(),
                progress.hasLoss() ? (Double) progress.getLoss() : null,
                progress.hasAccuracy() ? (Double) progress.getAccuracy() : null,
                progress.hasLearningRate() ? (Double) progress.getLearningRate() : null,
                progress.getBatchesDropped(),
                timeMillis);
    }
}
