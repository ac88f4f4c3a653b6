package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Phase changes on collapse.alerts while monitors come and go. */
class EventsIT {
    private static final String RUN = "r";
    private static final Layer CLASSIFIER =
            Layer.newBuilder().setName("fc").setClassifier(true).build();

    @TempDir
    Path directory;

    @Test
    void everyTransitionIsOnTheTopicOnceWhateverRestarts() {
        try (LiveMonitor live = LiveMonitor.start(directory)) {
            live.send(
                    Topic.RUNS,
                    Keys.run(RUN),
                    RunDescriptor.newBuilder()
                            .setRun(RUN)
                            .setAttempt(1)
                            .setClasses(10)
                            .addLayers(CLASSIFIER)
                            .build());
            // Where the monitor publishes the results of a run: beside everything else of it.
            int partition = live.records(Topic.RUNS).get(0).partition();
            for (int i = 0; i <= 5; i++) {
                publish(live, partition, i);
            }
            awaitPhase(live, "COLLAPSING");
            live.restartMonitor();
            awaitPhase(live, "COLLAPSING");
            for (int i = 3; i <= 12; i++) { // some of them again
                publish(live, partition, i);
            }
            awaitPhase(live, "COLLAPSED");
            live.send(
                    Topic.PROGRESS,
                    Keys.run(RUN),
                    Progress.newBuilder()
                            .setRun(RUN)
                            .setAttempt(1)
                            .setEvent(ProgressEvent.FINISHED)
                            .setStep(1200)
                            .build());
            await().atMost(LiveMonitor.PATIENCE)
                    .until(() -> live.run(RUN).path("status").asText().equals("FINISHED"));
            live.restartMonitor();
            awaitPhase(live, "COLLAPSED");

            List<Alert> alerts = live.records(Topic.ALERTS).stream()
                    .map(record -> parse(record.value()))
                    .toList();
            assertThat(alerts)
                    .extracting(Alert::getSubject, Alert::getFrom, Alert::getTo)
                    .containsExactly(
                            tuple("phase", "WARMING_UP", "COLLAPSING"),
                            tuple("phase", "COLLAPSING", "COLLAPSED"),
                            tuple("status", "RUNNING", "FINISHED"));
            JsonNode events = live.events(RUN);
            assertThat(events).hasSize(3);
            assertThat(events.get(1).path("to").asText()).isEqualTo("COLLAPSED");
            assertThat(events.get(1).path("step").asLong())
                    .isEqualTo(alerts.get(1).getStep());
            assertThat(events.get(1).path("metrics").path("nc1").asDouble()).isPositive();
        }
    }

    private static void publish(LiveMonitor live, int partition, int i) {
        double shrunk = Math.exp(-0.5 * i);
        Message result = LayerResult.newBuilder()
                .setRun(RUN)
                .setLayer(CLASSIFIER)
                .setAttempt(1)
                .setStep(100L * i)
                .setEpoch(i)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setCoverage(1)
                .setSamples(100)
                .putMetrics("error_rate", 0)
                .putMetrics("nc0_norm", shrunk)
                .putMetrics("nc0_relative", 0.1 * shrunk)
                .putMetrics("nc1", shrunk)
                .putMetrics("nc2_etf_means", shrunk)
                .putMetrics("nc3", shrunk)
                .build();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(Topic.METRICS.topicName(), partition, Keys.layer(RUN, "fc"), result.toByteArray());
        record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        live.send(record);
    }

    private static void awaitPhase(LiveMonitor live, String phase) {
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(RUN).path("phase").asText().equals(phase));
    }

    private static Alert parse(byte[] value) {
        try {
            return Alert.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
