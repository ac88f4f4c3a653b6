package dev.collapsemonitor.monitor.phase;

import dev.collapsemonitor.protocol.UserException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What counts as collapsed, terminal, a trend. No rigorous threshold exists; the levels lie between what published runs
 * reached with and without collapse.
 *
 * @param nc1 nc1 at or below it is at its level
 * @param nc2 the same of nc2_etf_means
 * @param nc3 the same of nc3
 * @param nc0Relative the same of nc0_relative
 * @param nc0Norm nc0_norm over its first value, which is at its level, too
 * @param terminalError train error of a snapshot from which on training is in its terminal phase
 * @param terminalAccuracy reported training accuracy that stands for it where a snapshot has no train error
 * @param hysteresis snapshots in a row that a new phase must hold for, among those that can be judged
 * @param window snapshots that a trend is taken over, at least
 * @param windowSpan share of the training so far, by its clock, that a trend is taken over, at least: after the learning
 *     rate has fallen the last snapshots alone span next to nothing
 * @param trend what log(metric) must change by, projected over as much training as was done so far, to fall or rise
 * @param significance how many times its standard error a slope must be
 * @param reversal a metric reverses above its best by this factor
 * @param divergence loss over its first value of the terminal phase above which the run has diverged
 */
public record PhaseSettings(
        double nc1,
        double nc2,
        double nc3,
        double nc0Relative,
        double nc0Norm,
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
        require(hysteresis >= 1, "hysteresis", hysteresis, "give 1 or more");
        require(window >= FEWEST_POINTS, "window", window, "give 3 or more");
        require(windowSpan >= 0 && windowSpan <= 1, "window-span", windowSpan, "give a share from 0 to 1");
        require(trend >= 0, "trend", trend, "give 0 or more");
        require(significance >= 0, "significance", significance, "give 0 or more");
        require(reversal > 1, "reversal", reversal, "give a factor above 1");
        require(divergence > 1, "divergence", divergence, "give a factor above 1");
    }

    private static void require(boolean holds, String key, Object value, String remedy) {
        if (!holds) {
            throw new UserException("phase setting " + key + " is " + value + "; " + remedy);
        }
    }

    /** The defaults by the names that {@link #parse} knows. */
    private static Map<String, Double> defaults() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("nc1", DEFAULT.nc1);
        values.put("nc2", DEFAULT.nc2);
        values.put("nc3", DEFAULT.nc3);
        values.put("nc0-relative", DEFAULT.nc0Relative);
        values.put("nc0-norm", DEFAULT.nc0Norm);
        values.put("terminal-error", DEFAULT.terminalError);
        values.put("terminal-accuracy", DEFAULT.terminalAccuracy);
        values.put("hysteresis", (double) DEFAULT.hysteresis);
        values.put("window", (double) DEFAULT.window);
        values.put("window-span", DEFAULT.windowSpan);
        values.put("trend", DEFAULT.trend);
        values.put("significance", DEFAULT.significance);
        values.put("reversal", DEFAULT.reversal);
        values.put("divergence", DEFAULT.divergence);
        return values;
    }

    /**
     * The defaults with some of them replaced, by name: the components of this record in lower case with hyphens.
     *
     * @throws UserException when a name is unknown, or a value makes no sense
     */
    public static PhaseSettings parse(Map<String, String> replaced) {
        Map<String, Double> values = defaults();
        replaced.forEach((key, text) -> {
            require(values.containsKey(key), key, "unknown", "use one of " + String.join(", ", values.keySet()));
            values.put(key, number(key, text));
        });
        return new PhaseSettings(
                values.get("nc1"),
                values.get("nc2"),
                values.get("nc3"),
                values.get("nc0-relative"),
                values.get("nc0-norm"),
                values.get("terminal-error"),
                values.get("terminal-accuracy"),
                values.get("hysteresis").intValue(),
                values.get("window").intValue(),
                values.get("window-span"),
                values.get("trend"),
                values.get("significance"),
                values.get("reversal"),
                values.get("divergence"));
    }

    private static double number(String key, String text) {
        try {
            double value = Double.parseDouble(text.strip());
            require(Double.isFinite(value), key, text, "give a number");
            return value;
        } catch (NumberFormatException e) {
            throw new UserException("phase setting " + key + " is \"" + text + "\"; give a number", e);
        }
    }
}
