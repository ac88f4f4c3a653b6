package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.monitor.exposition.Readiness;
import dev.collapsemonitor.monitor.topology.GroupContact.Counts;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HealthTest {
    private static final TopicPartition FIRST = new TopicPartition("app-runs-changelog", 0);
    private static final TopicPartition THIRD = new TopicPartition("app-runs-changelog", 2);

    private final RestoreProgress restore = new RestoreProgress();
    private State state = State.RUNNING;
    private int missing;
    private long now = 1_000;
    private final GroupContact contact =
            new GroupContact(10_000, () -> now, () -> Map.of("a", new Counts(now / 3_000, now)));
    private final GroupContact silent = new GroupContact(10_000, () -> now, () -> Map.of("a", new Counts(1, now)));

    private Health health(GroupContact group) {
        return new Health("b:1", () -> state, restore, group, () -> missing, () -> now);
    }

    @Test
    void runningIsReady() {
        assertThat(health(contact).now()).isEqualTo(new Readiness(true, true, "Kafka Streams is RUNNING"));
    }

    @Test
    void beforeTheStartNoBrokerHasAnswered() {
        state = State.CREATED;
        assertThat(health(contact).now())
                .isEqualTo(new Readiness(true, false, "no Kafka broker at b:1 has answered yet"));
    }

    @Test
    void whatIsRestoredIsSaidByStoreAndPartitions() {
        state = State.REBALANCING;
        Health health = health(contact);
        assertThat(health.now()).isEqualTo(new Readiness(true, false, "Kafka Streams is REBALANCING"));
        restore.onRestoreStart(THIRD, "runs", 0, 100);
        restore.onRestoreStart(FIRST, "runs", 50, 60);
        restore.onRestoreStart(new TopicPartition("app-layer-state-changelog", 1), "layer-state", 0, 7);
        restore.onBatchRestored(THIRD, "runs", 89, 90);
        assertThat(health.now())
                .isEqualTo(new Readiness(
                        true,
                        false,
                        "Kafka Streams is REBALANCING, restoring layer-state of partitions 1 (7 records to go);"
                                + " restoring runs of partitions 0, 2 (20 records to go)"));
        restore.onRestoreEnd(FIRST, "runs", 10);
        restore.onRestoreEnd(new TopicPartition("app-layer-state-changelog", 1), "layer-state", 7);
        restore.onRestoreSuspended(THIRD, "runs", 90);
        assertThat(health.now().detail()).isEqualTo("Kafka Streams is REBALANCING");
    }

    @ParameterizedTest
    @EnumSource(names = {"ERROR", "PENDING_ERROR", "NOT_RUNNING"})
    void whatOnlyARestartMendsIsNotLive(State bad) {
        state = bad;
        assertThat(health(contact).now())
                .isEqualTo(new Readiness(false, false, "Kafka Streams is " + bad + "; the log has the reason"));
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNoReasonForARestart() {
        Health health = health(silent);
        assertThat(health.now().ready()).isTrue();
        now += 10_001;
        assertThat(health.now().live()).isTrue();
        assertThat(health.now().ready()).isFalse();
        assertThat(health.now().detail()).startsWith("Kafka at b:1 has not answered for a session timeout");
    }

    @Test
    void aThreadThatStaysDeadIsNotLive() {
        Health health = health(contact);
        missing = 1;
        assertThat(health.now().ready()).isTrue();
        now += 60_000;
        contact.holds();
        assertThat(health.now().live()).isTrue();
        now += 1;
        assertThat(health.now())
                .isEqualTo(new Readiness(false, false, "1 stream threads are dead; the log has the reason"));
        missing = 0;
        assertThat(health.now().live()).isTrue();
    }
}
