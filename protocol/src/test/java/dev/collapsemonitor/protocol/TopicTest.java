package dev.collapsemonitor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TopicTest {
    @ParameterizedTest
    @EnumSource
    void theBrokersClockStampsEveryRecordAndTheLargestOneFits(Topic topic) {
        assertThat(topic.settings())
                .containsEntry("message.timestamp.type", "LogAppendTime")
                .containsEntry("max.message.bytes", "1114112");
        assertThat(Integer.parseInt(topic.settings().get("max.message.bytes"))).isGreaterThan(Topic.MAX_RECORD_BYTES);
        assertThat(topic.topicName()).matches("collapse\\.[a-z-]+");
    }

    @Test
    void onlyDescriptorsAreKeptForEver() {
        assertThat(Topic.RUNS.settings())
                .containsEntry("cleanup.policy", "compact")
                .doesNotContainKeys("retention.ms", "retention.bytes");
        for (Topic topic : Topic.values()) {
            if (topic != Topic.RUNS) {
                assertThat(topic.settings())
                        .containsEntry("cleanup.policy", "delete")
                        .containsKey("retention.ms");
            }
        }
    }

    @Test
    void whatIsLargeHasABoundInBytes() {
        assertThat(retention(Topic.FEATURES)).containsExactly("3600000", "1073741824");
        assertThat(retention(Topic.WEIGHTS)).containsExactly("3600000", "1073741824");
        assertThat(retention(Topic.DEAD_LETTERS)).containsExactly("604800000", "268435456");
        assertThat(retention(Topic.PROGRESS)).containsExactly("604800000", null);
        assertThat(retention(Topic.CONTROL)).containsExactly("604800000", null);
        assertThat(retention(Topic.METRICS)).containsExactly("7776000000", null);
        assertThat(retention(Topic.ALERTS)).containsExactly("7776000000", null);
    }

    private static String[] retention(Topic topic) {
        Map<String, String> settings = topic.settings();
        return new String[] {settings.get("retention.ms"), settings.get("retention.bytes")};
    }
}
