package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

class CommitTurnTest {
    private static final long START = 1_000_000;

    @Test
    void threadsTakeTurnsFarApart() {
        List<Long> turns = new ArrayList<>();
        for (int thread = 1; thread <= 4; thread++) {
            String name = "collapse-monitor-8f14e45f-StreamThread-" + thread;
            long now = START;
            while (CommitTurn.turn(name, now) == CommitTurn.turn(name, START)) {
                now++;
            }
            assertThat(CommitTurn.turn(name, now + CommitTurn.INTERVAL_MILLIS - 1))
                    .isEqualTo(CommitTurn.turn(name, now));
            assertThat(CommitTurn.turn(name, now + CommitTurn.INTERVAL_MILLIS))
                    .isEqualTo(CommitTurn.turn(name, now) + 1);
            turns.add(now % CommitTurn.INTERVAL_MILLIS);
        }
        turns.sort(null);
        for (int i = 0; i < turns.size(); i++) {
            long next = i + 1 < turns.size() ? turns.get(i + 1) : turns.get(0) + CommitTurn.INTERVAL_MILLIS;
            assertThat(next - turns.get(i)).isGreaterThan(8_000);
        }
    }

    @Test
    void aTaskAsksOnceInEveryIntervalAndAllTasksOfAThreadAtOnce() {
        List<Long> early = commits(START);
        List<Long> late = commits(START + 7_000);

        assertThat(early).hasSize(3).containsAll(late);
        assertThat(early.get(2) - early.get(1)).isEqualTo(CommitTurn.INTERVAL_MILLIS);
    }

    /** Times at which a task that began then asks for a commit, of a clock that ticks every second. */
    private static List<Long> commits(long begin) {
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        CommitTurn turn = new CommitTurn(context);
        List<Long> commits = new ArrayList<>();
        for (long now = begin; now < START + 3 * CommitTurn.INTERVAL_MILLIS; now += 1_000) {
            turn.tick(now);
            if (context.committed()) {
                commits.add(now);
                context.resetCommit();
            }
        }
        return commits;
    }
}
