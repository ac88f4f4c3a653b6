package dev.collapsemonitor.trainer.data;

import java.time.Duration;

/**
 * How long a download puts up with a bad network.
 *
 * @param attempts at one address
 * @param firstPause before the second attempt; each further pause is twice as long
 * @param answer longest wait for a connection and for an answer
 * @param stall longest wait for the next bytes
 */
record Patience(int attempts, Duration firstPause, Duration answer, Duration stall) {
    static final Patience USUAL =
            new Patience(4, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofSeconds(60));

    Duration pauseBefore(int attempt) {
        return firstPause.multipliedBy(1L << (attempt - 2));
    }
}
