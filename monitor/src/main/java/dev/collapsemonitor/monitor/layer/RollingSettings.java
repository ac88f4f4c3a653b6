package dev.collapsemonitor.monitor.layer;

import java.time.Duration;

/**
 * How rolling statistics forget and how often they are emitted.
 *
 * @param halfLife samples of a layer after which an older one counts half; infinity: nothing is forgotten
 * @param everySteps steps between two emissions, at least
 * @param atMostEvery time between two emissions, at least
 */
public record RollingSettings(double halfLife, long everySteps, Duration atMostEvery) {
    public static final RollingSettings DEFAULT = new RollingSettings(4096, 10, Duration.ofSeconds(1));

    public RollingSettings {
        if (!(halfLife > 0) || everySteps < 1 || atMostEvery.isNegative()) {
            throw new IllegalArgumentException("half-life " + halfLife + ", every " + everySteps
                    + " steps, at most every " + atMostEvery + ": all must be positive");
        }
    }

    /** What older samples still count after that many new ones: 2^(−n/H). */
    double decay(long newSamples) {
        return Math.pow(2, -newSamples / halfLife);
    }
}
