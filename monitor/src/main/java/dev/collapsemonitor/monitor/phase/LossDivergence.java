package dev.collapsemonitor.monitor.phase;

import java.util.NavigableMap;
import java.util.OptionalLong;

/** A loss that leaves what the run had already reached. */
public final class LossDivergence {
    private LossDivergence() {}

    /**
     * Whether so many losses in a row were above a multiple of the first one in the terminal phase of training. One alone
     * may be an unlucky mini-batch.
     *
     * @param terminalStep begin of the terminal phase; empty before it
     * @param losses reported losses by step
     */
    public static boolean of(PhaseSettings settings, OptionalLong terminalStep, NavigableMap<Long, Double> losses) {
        if (terminalStep.isEmpty()) {
            return false;
        }
        double first = Double.NaN;
        int above = 0;
        for (double loss : losses.tailMap(terminalStep.getAsLong(), true).values()) {
            if (Double.isNaN(first)) {
                first = loss;
            }
            above = loss > settings.divergence() * first ? above + 1 : 0;
            if (above >= settings.hysteresis()) {
                return true;
            }
        }
        return false;
    }
}
