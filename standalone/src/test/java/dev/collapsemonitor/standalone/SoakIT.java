package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.monitor.statistics.AccumulatorLimits;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short runs by the thousand through one monitor process: those that ended make room, and heap, memory, open files and
 * series stay where they were. {@code -Dcollapse.soak.runs=100000} makes it last as long as wanted.
 */
class SoakIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int RUNS = Integer.getInteger("collapse.soak.runs", 2_000);
    private static final int WAVE = 50;
    private static final int KEPT = 100;

    /**
     * So that layer state reaches its bound soon, too: a run may take half of it, and needs that much for a snapshot that
     * is to close at once.
     */
    private static final long STATE_BYTES = 2
                    * LayerAccumulator.memoryBytes(
                            MadeUpLayer.CLASSES, MadeUpLayer.DIMENSION, false, AccumulatorLimits.DEFAULT)
            + (1 << 20);

    @TempDir
    Path directory;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();

    /** What must not grow. */
    private record Footprint(
            long heapBytes, long residentBytes, long openFiles, long series, long historyBytes, long stateBytes) {}

    @Test
    void nothingGrowsWithTheNumberOfRunsThatEnded() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(0, directory.resolve("broker"));
                TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of());
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all", "linger.ms", "2"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            topics.ensure(OptionalInt.of(3), TopicAdmin.BROKER_DEFAULT_REPLICATION);
            try (CollapseProcess monitor = monitor(broker)) {
                String url = monitor.awaitOut("metrics at").out().replaceAll("(?s).*serves at (\\S+) .*", "$1");
                int waves = RUNS / WAVE;
                List<Footprint> footprints = new ArrayList<>();
                for (int wave = 0; wave < waves; wave++) {
                    send(producer, wave(wave));
                    awaitEnd(url, monitor, wave);
                    // Not before all kinds of state have reached their bounds.
                    if (wave >= waves / 2 && (wave - waves / 2) % Math.max(1, waves / 8) == 0) {
                        footprints.add(footprint(url, monitor));
                    }
                }
                Footprint last = footprint(url, monitor);
                footprints.add(last);
                footprints.forEach(footprint -> System.out.println("soak of " + RUNS + " runs: " + footprint));

                Exposition scrape = Exposition.parse(get(url + "/metrics"));
                assertThat(scrape.value("collapse_runs")).isEqualTo(KEPT);
                assertThat(scrape.value("collapse_runs_evicted_total")).isEqualTo(waves * WAVE - KEPT);
                assertThat(scrape.series().stream()
                                .filter(series -> series.name().equals("collapse_records_rejected_total"))
                                .mapToDouble(Exposition.Series::value)
                                .sum())
                        .isZero();
                Footprint first = footprints.get(0);
                assertThat(last.series()).isEqualTo(first.series());
                assertThat(last.openFiles()).isLessThanOrEqualTo(first.openFiles() + 20);
                assertThat(last.historyBytes()).isLessThanOrEqualTo(first.historyBytes() * 11 / 10);
                assertThat(last.heapBytes()).isLessThanOrEqualTo(first.heapBytes() * 11 / 10);
                assertThat(last.residentBytes()).isLessThanOrEqualTo(first.residentBytes() * 5 / 4);
                monitor.terminate();
                assertThat(monitor.status()).isZero();
            }
        }
    }

    private CollapseProcess monitor(EmbeddedBroker broker) throws IOException {
        Path settings = Files.writeString(directory.resolve("kafka.properties"), "commit.interval.ms=500\n");
        return CollapseProcess.startJvm(
                directory,
                List.of("-Xmx256m"),
                "monitor",
                "--bootstrap",
                broker.bootstrap(),
                "--state-dir",
                directory.resolve("state").toString(),
                "--http-port",
                "0",
                "--threads",
                "1",
                "--max-runs",
                Integer.toString(KEPT),
                "--max-state-bytes",
                Long.toString(STATE_BYTES),
                "--series-after-end",
                "0",
                "--kafka-config",
                settings.toString());
    }

    /** All records of some runs that begin, publish a snapshot and end. */
    private static List<ProducerRecord<byte[], byte[]>> wave(int wave) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < WAVE; i++) {
            String run = name(wave, i);
            RunDescriptor descriptor = RunDescriptor.newBuilder()
                    .setRun(run)
                    .setExperiment("soak")
                    .setAttempt(1)
                    .setHeartbeatIntervalMs(60_000)
                    .build();
            records.add(ofRun(Topic.RUNS, run, descriptor.toByteArray()));
            records.add(progress(run, ProgressEvent.STARTED, 0));
            LAYER.weights(run, 1, 1)
                    .forEach(chunk -> records.add(MadeUpLayer.record(Topic.WEIGHTS, run, chunk.toByteArray())));
            FeatureBatch features = LAYER.features(run, 1, 1, 1).get(0).toBuilder()
                    .setWeightsFollow(false)
                    .build();
            records.add(MadeUpLayer.record(Topic.FEATURES, run, features.toByteArray()));
            if (i % 5 == 0) { // its state stays until somebody needs the room: what fills it up
                FeatureBatch rolling =
                        features.toBuilder().setMode(Mode.ROLLING).setStep(2).build();
                records.add(MadeUpLayer.record(Topic.FEATURES, run, rolling.toByteArray()));
            }
            for (int step = 1; step <= 5; step++) {
                records.add(progress(run, ProgressEvent.HEARTBEAT, step));
            }
            records.add(progress(run, ProgressEvent.FINISHED, 6));
        }
        return records;
    }

    private static String name(int wave, int i) {
        return "soak " + wave + " " + i;
    }

    private static ProducerRecord<byte[], byte[]> progress(String run, ProgressEvent event, long step) {
        Progress progress = Progress.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setEvent(event)
                .setStep(step)
                .setLoss(1.0 / (step + 1))
                .build();
        return ofRun(Topic.PROGRESS, run, progress.toByteArray());
    }

    private static ProducerRecord<byte[], byte[]> ofRun(Topic topic, String run, byte[] value) {
        return new ProducerRecord<>(topic.topicName(), Keys.run(run), value);
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
            throws InterruptedException, ExecutionException {
        List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
        producer.flush();
        for (Future<RecordMetadata> each : sent) {
            each.get();
        }
    }

    /** Until every run of the wave has ended, has its snapshot, and exports nothing any more. */
    private void awaitEnd(String url, CollapseProcess monitor, int wave) {
        await().atMost(LiveMonitor.PATIENCE)
                .failFast("it has ended", () -> !monitor.isAlive())
                .untilAsserted(() -> {
                    Map<String, JsonNode> runs = new HashMap<>();
                    json.readTree(get(url + "/api/runs"))
                            .forEach(run -> runs.put(run.path("run").asText(), run));
                    for (int i = 0; i < WAVE; i++) {
                        JsonNode run = runs.get(name(wave, i));
                        assertThat(run).as(name(wave, i)).isNotNull();
                        assertThat(run.path("status").asText()).isEqualTo("FINISHED");
                        assertThat(run.path("layers")
                                        .path(0)
                                        .path("metrics")
                                        .path("nc1")
                                        .isNumber())
                                .isTrue();
                    }
                });
    }

    private Footprint footprint(String url, CollapseProcess monitor) throws IOException, InterruptedException {
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> Exposition.parse(get(url + "/metrics"))
                        .having(Map.of("experiment", "soak"))
                        .isEmpty());
        Exposition scrape = Exposition.parse(get(url + "/metrics"));
        Path process = Path.of("/proc", Long.toString(monitor.pid()));
        long files;
        try (Stream<Path> open = Files.list(process.resolve("fd"))) {
            files = open.count();
        }
        long heap = liveHeap(monitor);
        String resident = Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
        return new Footprint(
                heap,
                Long.parseLong(resident) * 1024,
                files,
                // The JVM's own come as it goes: the first collection of a kind, a new state of a thread.
                (int) scrape.series().stream()
                        .filter(series -> series.name().startsWith("collapse_"))
                        .count(),
                (long) scrape.value("collapse_runs_history_bytes"),
                (long) scrape.value("collapse_state_bytes"));
    }

    /** Bytes of the objects that a full collection leaves. */
    private static long liveHeap(CollapseProcess monitor) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(monitor.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jcmd.waitFor()).as(histogram).isZero();
        String total = histogram
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(total.trim().split(" +")[2]);
    }

    private String get(String url) {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .timeout(LiveMonitor.PATIENCE)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
