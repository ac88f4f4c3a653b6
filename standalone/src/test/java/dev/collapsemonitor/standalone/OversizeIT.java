package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.protocol.Descriptors;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.ElasticityProbe;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records and state that are larger than what a broker takes in one piece. */
class OversizeIT {
    private static final int WIDE = 1024; // 8 MiB of statistics, where a changelog takes 1 MiB a record

    @TempDir
    static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory);
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @Test
    void stateLargerThanARecordIsLoggedInPiecesAndRestored() {
        int parts = 4;
        for (int part = 0; part < parts; part++) {
            if (part == parts / 2) {
                live.restartMonitor();
            }
            live.send(wide("wide", part, parts));
        }
        JsonNode result = live.awaitHistory("wide", "wide", 1).get(0);
        assertThat(result.path("coverage").asDouble()).isEqualTo(1);

        for (int part = 0; part < parts; part++) {
            live.send(wide("undisturbed", part, parts));
        }
        MetricsAgreement.assertAgree(
                "restored in the middle",
                LiveMonitor.metrics(result),
                LiveMonitor.metrics(live.awaitHistory("undisturbed", "wide", 1).get(0)),
                1e-8);
    }

    @Test
    void theLargestRecordsThatTopicsTakeAreKeptByTheRunStage() {
        String run = "large";
        RunDescriptor.Builder descriptor =
                RunDescriptor.newBuilder().setRun(run).setAttempt(1);
        for (int i = 0; i < Descriptors.MAX_HYPERPARAMETERS; i++) {
            descriptor.putHyperparameters("noise" + i, noise(Descriptors.MAX_TEXT_BYTES));
        }
        live.send(Topic.RUNS, Keys.run(run), descriptor.build());
        live.send(Topic.PROGRESS, Keys.run(run), probe(run, 1, 60));
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(run).path("step").asInt() == 1);
        live.restartMonitor();
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(run).path("step").asInt() == 1);
        assertThat(live.run(run).path("hyperparameters")).hasSize(Descriptors.MAX_HYPERPARAMETERS);
    }

    @Test
    void whatOnlyCompressionMadeFitIsADeadLetterAndNoThreadDies() {
        String run = "compressed";
        double before = live.scrape().value("collapse_records_rejected_total", Map.of("reason", "oversize"));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        live.bootstrap(),
                        "compression.type",
                        "zstd",
                        "max.request.size",
                        64 << 20,
                        "buffer.memory",
                        128 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            RunDescriptor descriptor = RunDescriptor.newBuilder()
                    .setRun(run)
                    .setAttempt(1)
                    .putHyperparameters("zeros", "0".repeat(4 << 20))
                    .build();
            assertThat(producer.send(
                            new ProducerRecord<>(Topic.RUNS.topicName(), Keys.run(run), descriptor.toByteArray())))
                    .succeedsWithin(LiveMonitor.PATIENCE);
        }
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(
                                live.scrape().value("collapse_records_rejected_total", Map.of("reason", "oversize")))
                        .isEqualTo(before + 1));
        assertThat(live.ready()).isTrue();
        assertThat(live.records(Topic.DEAD_LETTERS)).anySatisfy(letter -> {
            assertThat(new String(letter.key(), StandardCharsets.UTF_8)).isEqualTo(run);
            assertThat(letter.headers().lastHeader(RecordHeaders.REJECT_SIZE)).isNotNull();
        });
        // The one after it is processed.
        live.send(Topic.PROGRESS, Keys.run(run), probe(run, 7, 1));
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(run).path("step").asInt() == 7);
    }

    @Test
    void aRowThatFitsIntoNoRecordIsOneLineOfThePublisher() throws Exception {
        int columns = 300_000;
        Path features = Files.write(
                directory.resolve("long.npy"),
                MadeUpLayer.npy("<f4", "(2, " + columns + ")", MadeUpLayer.floats(new float[2 * columns])));
        Path labels =
                Files.write(directory.resolve("labels.npy"), MadeUpLayer.npy("<i4", "(2,)", MadeUpLayer.ints(0, 1)));
        CommandLineRun publish = CommandLineRun.of(List.of(
                "publish",
                "--bootstrap",
                live.bootstrap(),
                "--run",
                "long",
                "--layer",
                "first",
                "--step",
                "1",
                "--features",
                features.toString(),
                "--labels",
                labels.toString()));
        assertThat(publish.status()).isEqualTo(1);
        assertThat(publish.err())
                .startsWith("collapse: run long, layer first: one row of features takes 1200000 bytes, but a record at"
                        + " most " + Topic.MAX_RECORD_BYTES)
                .hasLineCount(1);

        Path weights = Files.write(
                directory.resolve("weights.npy"),
                MadeUpLayer.npy("<f4", "(2, " + columns + ")", MadeUpLayer.floats(new float[2 * columns])));
        CommandLineRun ofWeights = CommandLineRun.of(List.of(
                "publish",
                "--bootstrap",
                live.bootstrap(),
                "--run",
                "long",
                "--layer",
                "first",
                "--step",
                "1",
                "--weights",
                weights.toString()));
        assertThat(ofWeights.err())
                .startsWith("collapse: run long, layer first: one row of weights takes 1200000 bytes")
                .hasLineCount(1);
    }

    private static ProducerRecord<byte[], byte[]> wide(String run, int part, int parts) {
        int rows = 64;
        int classes = 4;
        Random random = new Random(part);
        float[] features = new float[rows * WIDE];
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun(run)
                .setLayer(Layer.newBuilder()
                        .setName("wide")
                        .setKind(LayerKind.DENSE)
                        .setFeatureDim(WIDE))
                .setAttempt(1)
                .setStep(1)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setPart(part)
                .setParts(parts)
                .setClasses(classes);
        for (int i = 0; i < rows; i++) {
            batch.addLabels(i % classes);
            for (int j = 0; j < WIDE; j++) {
                features[i * WIDE + j] = (float) ((j % classes == i % classes ? 2 : 0) + random.nextGaussian());
            }
        }
        batch.setFeatures(TensorCodec.floats(features, rows, WIDE));
        return new ProducerRecord<>(
                Topic.FEATURES.topicName(),
                Keys.layer(run, "wide"),
                batch.build().toByteArray());
    }

    /** A progress record with a probe of so many rows of 1,000 classes: some 16 kB each. */
    private static Progress probe(String run, int step, int rows) {
        int classes = 1_000;
        float[] logits = new float[rows * classes];
        Random random = new Random(step);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        ElasticityProbe.Builder probe = ElasticityProbe.newBuilder()
                .setBatchBefore(TensorCodec.floats(logits, rows, classes))
                .setBatchAfter(TensorCodec.floats(logits, rows, classes))
                .setProbeBefore(TensorCodec.floats(logits, rows, classes))
                .setProbeAfter(TensorCodec.floats(logits, rows, classes));
        for (int i = 0; i < rows; i++) {
            probe.addProbeLabels(i % classes);
        }
        return Progress.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setEvent(ProgressEvent.HEARTBEAT)
                .setStep(step)
                .setLoss(0.5)
                .setElasticityProbe(probe)
                .build();
    }

    private static String noise(int length) {
        StringBuilder text = new StringBuilder();
        new Random(1).ints(length, 'a', 'z' + 1).forEach(text::appendCodePoint);
        return text.toString();
    }
}
