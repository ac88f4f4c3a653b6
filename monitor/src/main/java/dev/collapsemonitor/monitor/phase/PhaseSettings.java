package dev.collapsemonitor.monitor.phase;

import java.util.Locale;

/**
 * What counts as collapsed, terminal, a trend. No rigorous threshold exists; the levels lie between what published runs
 * reached with and without collapse (metrics: NC1 ≤ 0.05 against 0.2–0.3, and so on).
 *
 * @param nc1Level nc1 at or below it is at its level
 * @param nc2Level the same of nc2_etf_means
 * @param nc3Level the same of nc3
 * @param nc0RelativeLevel the same of nc0_relative
 * @param nc0NormLevel nc0_norm over its first value, which is at its level, too
 * @param terminalError train error of a snapshot from which on training is in its terminal phase
 * @param terminalAccuracy reported training accuracy that stands for it where a snapshot has no train error
 * @param hysteresis snapshots in a row that a new phase must hold for
 * @param window snapshots that a trend is taken over, at least
 * @param windowSpan share of the training so far, by its clock, that a trend is taken over, at least: after the learning
 *     rate has fallen the last snapshots alone span next to nothing
 * @param trend what log(metric) must change by, projected over as much training as was done so far, to fall or rise
 * @param significance how many times its standard error a slope must be
 * @param reversal a metric reverses above its best by this factor
 * @param divergence loss over its first value of the terminal phase above which the run has diverged
 */
public record PhaseSettings(
        double nc1Level,
        double nc2Level,
        double nc3Level,
        double nc0RelativeLevel,
        double nc0NormLevel,
        double terminalError,
        double terminalAccuracy,
        int hysteresis,
        int window,
        double windowSpan,
        double trend,
        double significance,
        double reversal,
        double divergence) {
    public static final PhaseSettings DEFAULT =
            new PhaseSettings(0.05, 0.3, 0.35, 1e-2, 0.1, 1e-3, 0.999, 3, 5, 0.1, 0.2, 3, 1.25, 10);

    /** Fewer points have no slope with an error. */
    static final int FEWEST_POINTS = 3;

    public PhaseSettings {
        require(hysteresis >= 1, "phase hysteresis %s is too few snapshots; give 1 or more", hysteresis);
        require(window >= FEWEST_POINTS, "phase window %s is too few snapshots; give 3 or more", window);
        require(windowSpan >= 0 && windowSpan <= 1, "phase window-span %s is no share; give 0 to 1", windowSpan);
        require(reversal > 1, "phase reversal %s is no factor above 1", reversal);
        require(divergence > 1, "phase divergence %s is no factor above 1", divergence);
    }

    private static void require(boolean holds, String message, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, message, value));
        }
    }
}
