package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

class CommitTurnTest {
    private static final long START = 1_000_000;

    @Test
    void eachTaskCommitsOnceInEveryIntervalAndNoTwoOfTwelveTogether() {
        List<Long> first = new ArrayList<>();
        for (int partition = 0; partition < 12; partition++) {
            List<Long> commits = commits(partition, 3 * CommitTurn.INTERVAL_MILLIS);
            assertThat(commits).hasSize(3);
            assertThat(commits.get(1) - commits.get(0)).isEqualTo(CommitTurn.INTERVAL_MILLIS);
            first.add(commits.get(0));
        }
        List<Long> ordered = first.stream().sorted().toList();
        for (int i = 1; i < ordered.size(); i++) {
            assertThat(ordered.get(i) - ordered.get(i - 1)).isGreaterThan(1_000);
        }
        assertThat(ordered.get(11)).isLessThan(START + CommitTurn.INTERVAL_MILLIS);
    }

    /** Times at which the task of a partition asks for a commit, of a clock that ticks every 100 ms. */
    private static List<Long> commits(int partition, long millis) {
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        CommitTurn turn = new CommitTurn(context, partition, START);
        List<Long> commits = new ArrayList<>();
        for (long now = START; now < START + millis; now += 100) {
            turn.tick(now);
            if (context.committed()) {
                commits.add(now);
                context.resetCommit();
            }
        }
        return commits;
    }
}
