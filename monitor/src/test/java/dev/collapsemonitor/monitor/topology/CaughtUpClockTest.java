package dev.collapsemonitor.monitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.Topic;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.junit.jupiter.api.Test;

class CaughtUpClockTest {
    private static final Set<Topic> TOPICS = EnumSet.of(Topic.FEATURES, Topic.WEIGHTS);
    private static final int PARTITION = 3;

    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final CaughtUpClock clock =
            new CaughtUpClock(partition -> ends.getOrDefault(partition, 0L), TOPICS, PARTITION, 0);
    private long now;

    @Test
    void itRunsWhileThereIsNothingToProcess() {
        assertThat(tick(1000)).as("nothing is known of the time before").isZero();
        assertThat(tick(1000)).isEqualTo(1000);
        assertThat(tick(1234)).isEqualTo(1234);
    }

    @Test
    void itStandsStillWhileOneOfTheTopicsIsBehind() {
        caughtUp();
        end(Topic.WEIGHTS, 10);
        assertThat(tick(1000)).as("they may have come just now").isEqualTo(1000);
        assertThat(tick(1000)).isZero();
        processed(Topic.FEATURES, 50);
        processed(Topic.WEIGHTS, 8);
        assertThat(tick(1000)).isZero();
        processed(Topic.WEIGHTS, 9);
        assertThat(tick(1000)).as("a part of it was behind").isZero();
        assertThat(tick(1000)).isEqualTo(1000);
    }

    @Test
    void itRunsUnderASteadyLoadThoughThereIsAlwaysSomethingToProcess() {
        caughtUp();
        for (int second = 1; second <= 10; second++) {
            end(Topic.FEATURES, 100L * second);
            processed(Topic.FEATURES, 100L * (second - 1));
            assertThat(tick(1000)).isEqualTo(1000);
        }
    }

    @Test
    void itStandsStillWhileTheBrokerDoesNotAnswer() {
        caughtUp();
        end(Topic.FEATURES, Intake.UNKNOWN);
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isZero();
        end(Topic.FEATURES, 0);
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isEqualTo(1000);
    }

    @Test
    void whileTheProcessDidNotRunNoTimePassedAndWhatIsKnownAfterItMustBeNew() {
        caughtUp();
        assertThat(tick(60_000)).isZero();
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isEqualTo(1000);

        assertThat(tick(60_000)).isZero();
        end(Topic.FEATURES, 10); // what came during the pause, seen by the first fetch after it
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isZero();
    }

    @Test
    void aClockOfTheMachineThatIsSetBackTurnsNothingBack() {
        caughtUp();
        assertThat(tick(-3_600_000)).isZero();
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isEqualTo(1000);
    }

    private void caughtUp() {
        assertThat(tick(1000)).isZero();
        assertThat(tick(1000)).isEqualTo(1000);
    }

    private long tick(long millis) {
        now += millis;
        return clock.tick(now);
    }

    private void end(Topic topic, long offset) {
        ends.put(new TopicPartition(topic.topicName(), PARTITION), offset);
    }

    private void processed(Topic topic, long offset) {
        clock.processed(new RecordMetadata() {
            @Override
            public String topic() {
                return topic.topicName();
            }

            @Override
            public int partition() {
                return PARTITION;
            }

            @Override
            public long offset() {
                return offset;
            }
        });
    }
}
