package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.topology.GroupContact.Counts;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupContactTest {
    private static final long SESSION_TIMEOUT = 10_000;

    private final Map<String, Counts> counts = new HashMap<>();
    private long now = 1_000;
    private final GroupContact contact = new GroupContact(SESSION_TIMEOUT, () -> now, () -> counts);

    @Test
    void anInstanceThatHasNotJoinedExportsNothingWrong() {
        assertThat(contact.holds()).isTrue();
    }

    @Test
    void itHoldsAsLongAsHeartbeatsAreAnswered() {
        for (int i = 0; i < 20; i++) {
            counts.put("a", new Counts(i, i));
            assertThat(contact.holds()).isTrue();
            now += 3_000;
        }
    }

    @Test
    void itLapsesAfterASessionTimeoutWithoutAnAnswerHoweverOftenTheThreadPolls() {
        counts.put("a", new Counts(5, 5));
        assertThat(contact.holds()).isTrue();
        now += SESSION_TIMEOUT;
        counts.put("a", new Counts(5, 500));
        assertThat(contact.holds()).isTrue();
        now += 1;
        assertThat(contact.holds()).isFalse();
    }

    @Test
    void oneThreadCutOffIsEnough() {
        counts.put("a", new Counts(5, 5));
        counts.put("b", new Counts(5, 5));
        assertThat(contact.holds()).isTrue();
        now += SESSION_TIMEOUT + 1;
        counts.put("b", new Counts(6, 6));
        contact.holds();
        assertThat(contact.holds()).isFalse();
    }

    /** A stopped process finds, when it goes on, an answer from before and polls before it has heard of its removal. */
    @Test
    void afterALapseItHoldsOnlyWhenItsThreadHasPolledAfterAnswersThatCountForSure() {
        counts.put("a", new Counts(5, 5));
        assertThat(contact.holds()).isTrue();
        now += 60_000;
        counts.put("a", new Counts(6, 5));
        assertThat(contact.holds()).isFalse();
        now += 3_000;
        counts.put("a", new Counts(7, 40));
        assertThat(contact.holds()).isFalse();
        now += 3_000;
        counts.put("a", new Counts(8, 80));
        assertThat(contact.holds()).isFalse();
        counts.put("a", new Counts(8, 81));
        assertThat(contact.holds()).isFalse();
        counts.put("a", new Counts(8, 82));
        assertThat(contact.holds()).isTrue();
    }

    @Test
    void aSecondLapseBeginsAnew() {
        counts.put("a", new Counts(5, 5));
        assertThat(contact.holds()).isTrue();
        now += 60_000;
        counts.put("a", new Counts(7, 5));
        assertThat(contact.holds()).isFalse();
        now += 60_000;
        counts.put("a", new Counts(8, 500));
        assertThat(contact.holds()).isFalse();
        counts.put("a", new Counts(8, 502));
        assertThat(contact.holds()).isFalse();
    }

    @Test
    void aThreadThatIsReplacedIsForgottenAndItsSuccessorHasTimeToJoin() {
        counts.put("a", new Counts(5, 5));
        assertThat(contact.holds()).isTrue();
        now += SESSION_TIMEOUT + 1;
        counts.clear();
        counts.put("b", new Counts(0, 0));
        assertThat(contact.holds()).isTrue();
        now += SESSION_TIMEOUT + 1;
        assertThat(contact.holds()).isFalse();
    }
}
