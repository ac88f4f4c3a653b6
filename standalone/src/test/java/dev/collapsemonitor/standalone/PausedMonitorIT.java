package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.data.Strokes;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A monitor that stands still for longer than the grace and the promised heartbeats, while runs publish. The length of the
 * pause is the system property {@value #LENGTH}, in seconds: 20 unless it is set, 60 for the whole fault.
 */
class PausedMonitorIT {
    private static final String LENGTH = "collapse.test.pause";
    private static final Duration PAUSE = Duration.ofSeconds(Integer.getInteger(LENGTH, 20));
    private static final int GRACE_SECONDS = 10;
    private static final long PROMISED_MILLIS = 10_000;
    private static final long HEARTBEAT_MILLIS = 1_000;
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 6;
    private static final int EPOCHS = 4;
    private static final String ALIVE = "alive";
    private static final String HUNG = "hung";
    private static final String TRAINED = "trained";

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private String url;

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no SIGSTOP")
    void noSnapshotIsClosedEarlyAndNoRunCalledSilentBecauseTheMonitorStoodStill(@TempDir Path directory)
            throws Exception {
        ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
        try (EmbeddedBroker broker = EmbeddedBroker.start(0, directory.resolve("broker"));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
                CollapseProcess monitor = monitor(broker, directory)) {
            url = monitor.awaitOut("metrics at").out().replaceAll("(?s).*serves at (\\S+) .*", "$1");
            for (String run : List.of(ALIVE, HUNG)) {
                send(producer, Topic.RUNS, run, descriptor(run).toByteArray());
                send(producer, Topic.PROGRESS, run, heartbeat(run).toByteArray());
            }
            heart.scheduleAtFixedRate(
                    () -> send(producer, Topic.PROGRESS, ALIVE, heartbeat(ALIVE).toByteArray()),
                    0,
                    HEARTBEAT_MILLIS,
                    TimeUnit.MILLISECONDS);
            List<ProducerRecord<byte[], byte[]>> snapshot = LAYER.records(ALIVE, 1, 1, PARTS);
            snapshot.subList(0, 2).forEach(producer::send);
            await().atMost(LiveMonitor.PATIENCE).until(() -> scrape().value("collapse_snapshots_open") == 1);

            monitor.pause();
            long paused = System.nanoTime();
            long dropped = train(broker);
            assertThat(dropped).as("records for which the queue had no room").isPositive();
            snapshot.subList(2, 4).forEach(producer::send);
            await().atMost(PAUSE.multipliedBy(2)).until(() -> System.nanoTime() - paused > PAUSE.toNanos());
            assertThat(results(broker, ALIVE)).as("closed before the pause").isEmpty();
            monitor.resume();

            Set<String> statuses = new TreeSet<>();
            await().atMost(LiveMonitor.PATIENCE).until(() -> {
                statuses.add(status(ALIVE));
                return status(TRAINED).equals("FINISHED");
            });
            snapshot.subList(4, snapshot.size()).forEach(producer::send);
            await().atMost(LiveMonitor.PATIENCE).until(() -> {
                statuses.add(status(ALIVE));
                return results(broker, ALIVE).size() == 1 && status(HUNG).equals("SILENT");
            });
            assertThat(results(broker, ALIVE).get(0).getCoverage()).isEqualTo(1);
            statuses.remove(""); // while the task moved
            assertThat(statuses).containsExactly("RUNNING");

            // Its layers may be behind its end: they are other tasks. Which snapshots lost parts is chance.
            await().atMost(LiveMonitor.PATIENCE).untilAsserted(() -> {
                List<LayerResult> trained = results(broker, TRAINED);
                assertThat(trained)
                        .anySatisfy(result -> assertThat(result.getCoverage()).isLessThan(1));
                Map<String, LayerResult> newest = trained.stream()
                        .collect(Collectors.toMap(
                                result -> result.getLayer().getName(),
                                Function.identity(),
                                BinaryOperator.maxBy(Comparator.comparingLong(LayerResult::getStep))));
                double lowest = newest.values().stream()
                        .mapToDouble(LayerResult::getCoverage)
                        .min()
                        .orElseThrow();
                assertThat(scrape().value("collapse_snapshot_coverage", Map.of("run", TRAINED)))
                        .isEqualTo(lowest);
            });
            await().atMost(LiveMonitor.PATIENCE)
                    .untilAsserted(() -> assertThat(scrape().value("collapse_snapshots_open"))
                            .isZero());
            assertThat(run(TRAINED).path("batches_dropped").asLong()).isEqualTo(dropped);
            monitor.terminate();
            assertThat(monitor.status()).isZero();
        } finally {
            heart.shutdownNow();
        }
    }

    private static CollapseProcess monitor(EmbeddedBroker broker, Path directory) throws IOException {
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(2), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        return CollapseProcess.start(
                directory,
                "monitor",
                "--bootstrap",
                broker.bootstrap(),
                "--state-dir",
                directory.resolve("state").toString(),
                "--http-port",
                "0",
                "--snapshot-grace",
                Integer.toString(GRACE_SECONDS));
    }

    /** Trains with a queue that holds next to nothing; returns how many records were dropped. */
    private static long train(EmbeddedBroker broker) {
        Samples samples = new Strokes(400, 10, 1).load().train();
        MultiLayerNetwork network = new Mlp(List.of(32), BatchNorm.ALL)
                .build(
                        SampleShape.flat(samples.dimension()),
                        samples.classes(),
                        new Training(TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.05, 0.9), Decay.coupled(1e-3), 1));
        CollapsePublisher publisher = CollapsePublisher.builder(broker.bootstrap(), TRAINED, EPOCHS)
                .trainingData(SnapshotSamples.of(samples, 400, 1))
                .rowsPerRecord(10)
                .queueBytes(70 << 10) // the weights, and one record of each layer
                .build();
        network.setListeners(publisher);
        network.fit(publisher.watch(new ShuffledBatches(samples, 20, 1)), EPOCHS);
        publisher.close();
        assertThat(network.getIterationCount()).isEqualTo(20 * EPOCHS);
        return publisher.dropped();
    }

    private static RunDescriptor descriptor(String run) {
        return RunDescriptor.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setHeartbeatIntervalMs(PROMISED_MILLIS)
                .build();
    }

    private static Progress heartbeat(String run) {
        return Progress.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setEvent(ProgressEvent.HEARTBEAT)
                .build();
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, Topic topic, String run, byte[] value) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic.topicName(), Keys.run(run), value);
        record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        producer.send(record);
    }

    private static List<LayerResult> results(EmbeddedBroker broker, String run) {
        return List.copyOf(KillIT.results(broker, run).values());
    }

    /** Empty while the run is not known. */
    private String status(String run) throws IOException, InterruptedException {
        return run(run).path("status").asText();
    }

    private JsonNode run(String run) throws IOException, InterruptedException {
        return json.readTree(get("/api/runs/" + run));
    }

    private Exposition scrape() throws IOException, InterruptedException {
        return Exposition.parse(get("/metrics"));
    }

    private String get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
