package dev.collapsemonitor.trainer.command;

import java.util.stream.LongStream;

/**
 * What something costs, measured in pairs of turns that differ in it alone. How certain that is other processes tell, whose
 * memory lies elsewhere: turns of one agree better among themselves.
 *
 * @param without nanoseconds of each turn without it
 * @param with nanoseconds of the turn beside it
 * @param steps in each turn
 */
@SuppressWarnings("ArrayRecordComponent") // made and asked in one place, compared nowhere
record Overhead(long[] without, long[] with, int steps) {
    private static final double NANOS_PER_MILLI = 1e6;

    Overhead {
        if (without.length != with.length || without.length == 0) {
            throw new IllegalArgumentException(
                    without.length + " turns without and " + with.length + " with are not pairs of turns");
        }
    }

    /** Mean milliseconds of a step without it. */
    double withoutMillis() {
        return mean(without) / steps / NANOS_PER_MILLI;
    }

    /** Mean milliseconds of a step with it. */
    double withMillis() {
        return mean(with) / steps / NANOS_PER_MILLI;
    }

    /** How much longer it takes on average, as a share of the time without. */
    double ratio() {
        return mean(with) / mean(without) - 1;
    }

    private static double mean(long[] nanos) {
        return LongStream.of(nanos).average().orElseThrow();
    }
}
