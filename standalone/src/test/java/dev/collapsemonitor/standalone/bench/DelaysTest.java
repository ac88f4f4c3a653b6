package dev.collapsemonitor.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DelaysTest {
    private static final long MILLI = 1_000_000;

    private final Delays delays = new Delays();

    @Test
    void aStepCountsFromWhenItWasSentUntilItIsFirstSeen() {
        delays.sent("a", 10 * MILLI);
        delays.sent("b", 20 * MILLI);
        delays.seen("b", 1, 25 * MILLI);
        delays.seen("b", 1, 90 * MILLI);
        delays.seen("a", 1, 40 * MILLI);
        assertThat(delays.millis()).containsExactly(5, 30);
    }

    @Test
    void stepsThatNoLookCaughtCountAsSeenWithTheNextOne() {
        delays.sent("a", 0);
        delays.sent("a", 10 * MILLI);
        delays.sent("a", 20 * MILLI);
        delays.seen("a", 2, 30 * MILLI);
        assertThat(delays.millis()).containsExactly(30, 20);
        delays.seen("a", 1, 40 * MILLI);
        assertThat(delays.millis()).hasSize(2);
    }

    @Test
    void whatIsSentBeforeThePaceIsSteadyIsWaitedForButNotMeasured() {
        delays.measureFrom(10 * MILLI);
        delays.sent("a", 9 * MILLI);
        delays.sent("a", 10 * MILLI);
        delays.allSent();
        delays.seen("a", 1, 500 * MILLI);
        assertThat(delays.millis()).isEmpty();
        assertThat(delays.complete()).isFalse();
        delays.seen("a", 2, 510 * MILLI);
        assertThat(delays.millis()).containsExactly(500);
        assertThat(delays.complete()).isTrue();
    }

    @Test
    void itIsCompleteOnceAllIsSentAndSeen() {
        delays.seen("a", 0, 0); // a value of before
        assertThat(delays.complete()).isFalse();
        delays.sent("a", 0);
        delays.seen("a", 1, MILLI);
        assertThat(delays.complete()).as("more may be sent").isFalse();
        delays.sent("a", 0);
        delays.allSent();
        assertThat(delays.complete()).isFalse();
        delays.seen("a", 2, MILLI);
        assertThat(delays.complete()).isTrue();
    }
}
