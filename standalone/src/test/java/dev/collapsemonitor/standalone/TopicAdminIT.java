package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.monitor.topology.TopicAdmin.Action;
import dev.collapsemonitor.monitor.topology.TopicAdmin.Outcome;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicAdminIT {
    @TempDir
    Path directory;

    private EmbeddedBroker broker;
    private TopicAdmin topics;
    private Admin admin;

    @BeforeEach
    void start() {
        broker = EmbeddedBroker.start(0, directory);
        topics = new TopicAdmin(broker.bootstrap(), Map.of());
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterEach
    void stop() {
        admin.close();
        topics.close();
        broker.close();
    }

    @Test
    void createsTheTopicsWithTheirSettingsAndVerifiesThemAfterwards() throws Exception {
        assertThat(topics.ensure(OptionalInt.of(3), (short) 1))
                .extracting(Outcome::topic, Outcome::action, Outcome::partitions)
                .containsExactlyElementsOf(Stream.of(Topic.values())
                        .map(topic -> tuple(topic, Action.CREATED, 3))
                        .toList());

        for (Topic topic : Topic.values()) {
            Config config = config(topic);
            topic.settings()
                    .forEach((name, value) ->
                            assertThat(config.get(name).value()).as(name).isEqualTo(value));
        }
        assertThat(topics.ensure(OptionalInt.empty(), TopicAdmin.BROKER_DEFAULT_REPLICATION))
                .allSatisfy(outcome -> {
                    assertThat(outcome.action()).isEqualTo(Action.VERIFIED);
                    assertThat(outcome.partitions()).isEqualTo(3);
                    assertThat(outcome.differences()).isEmpty();
                });
    }

    @Test
    void createsADeletedTopicAgainWithThePartitionsOfTheOthers() throws Exception {
        topics.ensure(OptionalInt.of(2), (short) 1);
        admin.deleteTopics(List.of(Topic.ALERTS.topicName())).all().get();
        await().until(() -> !admin.listTopics().names().get().contains(Topic.ALERTS.topicName()));

        assertThat(topics.ensure(OptionalInt.empty(), (short) 1))
                .filteredOn(outcome -> outcome.action() == Action.CREATED)
                .singleElement()
                .satisfies(outcome -> {
                    assertThat(outcome.topic()).isEqualTo(Topic.ALERTS);
                    assertThat(outcome.partitions()).isEqualTo(2);
                });
    }

    @Test
    void refusesAnotherPartitionCount() {
        topics.ensure(OptionalInt.of(2), (short) 1);
        assertThatThrownBy(() -> topics.ensure(OptionalInt.of(4), (short) 1))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("topic collapse.runs has 2 partitions instead of 4")
                .hasMessageContaining("--partitions 2");
    }

    @Test
    void reportsAnotherRetentionButRefusesTheTrainersClock() throws Exception {
        topics.ensure(OptionalInt.of(1), (short) 1);
        set(Topic.PROGRESS, "retention.ms", "1000");
        assertThat(topics.ensure(OptionalInt.empty(), (short) 1))
                .filteredOn(outcome -> !outcome.differences().isEmpty())
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.differences())
                        .singleElement()
                        .asString()
                        .startsWith("retention.ms=1000 (ours: "));

        set(Topic.PROGRESS, "message.timestamp.type", "CreateTime");
        assertThatThrownBy(() -> topics.ensure(OptionalInt.empty(), (short) 1))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("topic collapse.progress has message.timestamp.type=CreateTime");
    }

    /** Changes a setting and waits until the broker answers with it. */
    private void set(Topic topic, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        resource(topic),
                        List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
                .all()
                .get();
        await().until(() -> config(topic).get(name).value().equals(value));
    }

    private Config config(Topic topic) throws Exception {
        ConfigResource resource = resource(topic);
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static ConfigResource resource(Topic topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName());
    }
}
