package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A monitor that is killed with SIGKILL in the middle of snapshots, again and again, in the middle of its commits and at
 * any moment: every snapshot comes out complete, with the metrics of an undisturbed one.
 */
class KillIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 12;
    private static final int STEPS = 3;
    private static final int RUNS = 3;
    private static final int WIDTH = 512;
    private static final int WIDE_CLASSES = 4;
    private static final int WIDE_ROWS = 256;
    private static final String UNDISTURBED = "undisturbed";

    /** A restart folds products in float32 earlier than an undisturbed run does. */
    private static final double ROUNDING = 1e-8;

    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(0, directory.resolve("broker"));
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(3), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void stop() {
        producer.close(Duration.ZERO);
        broker.close();
    }

    @ParameterizedTest(name = "{0}, killed {1} times")
    @CsvSource({"at_least_once, 10", "exactly_once_v2, 4"})
    void noSnapshotSuffers(String guarantee, int kills) throws Exception {
        Path state = Files.createDirectories(directory.resolve(guarantee));
        List<ProducerRecord<byte[], byte[]>> input = interleaved(guarantee);
        Random random = new Random(kills);
        int sent = 0;
        for (int kill = 0; kill < kills; kill++) {
            int until = input.size() * (kill + 1) / (kills + 1);
            // One in three at any moment, the others inside a commit.
            boolean anyMoment = kill % 3 == 2;
            long reached = anyMoment ? committed(guarantee) + random.nextInt(10) : 0;
            String plan = (kill % 3 == 0 ? "send:" : "ack:") + (1 + random.nextInt(12));
            try (CollapseProcess monitor = monitor(guarantee, state, anyMoment ? "never:0" : plan)) {
                for (; sent < until; sent++) {
                    send(input.get(sent));
                }
                if (anyMoment) {
                    await().atMost(MonitorProcess.PATIENCE)
                            .failFast("it has ended", () -> !monitor.isAlive())
                            .until(() -> committed(guarantee) > reached);
                    monitor.kill();
                } else {
                    assertThat(monitor.status())
                            .as("%s%n%s", plan, monitor.err())
                            .isEqualTo(KillingInterceptor.STATUS);
                }
            }
        }
        long before = committed(guarantee);
        long started = System.nanoTime();
        try (CollapseProcess monitor = monitor(guarantee, state, "never:0")) {
            for (; sent < input.size(); sent++) {
                send(input.get(sent));
            }
            await().atMost(MonitorProcess.PATIENCE)
                    .failFast("it has ended", () -> !monitor.isAlive())
                    .until(() -> committed(guarantee) > before);
            long millis = Duration.ofNanos(System.nanoTime() - started).toMillis();
            System.out.println(guarantee + ": " + millis
                    + " ms from the start of the process to its first commit after a" + " kill; " + restored(monitor));
            inOrder(guarantee + UNDISTURBED).forEach(KillIT::send);
            int expected = (RUNS + 1) * 2 * STEPS;
            await().atMost(MonitorProcess.PATIENCE)
                    .failFast("it has ended", () -> !monitor.isAlive())
                    .until(() -> results(broker, guarantee).size() == expected);
            monitor.terminate();
            assertThat(monitor.status()).isZero();
        }
        assertAllAsUndisturbed(guarantee);
    }

    /** What the monitor says about its restore. */
    private static String restored(CollapseProcess monitor) throws IOException, InterruptedException {
        String url = monitor.awaitOut("metrics at").out().replaceAll("(?s).*metrics at (\\S+)\\).*", "$1");
        String metrics = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(metrics).contains("collapse_state_torn_total 0.0");
        return metrics.lines()
                .filter(line -> line.startsWith("collapse_restore_seconds") || line.startsWith("collapse_state_bytes"))
                .collect(Collectors.joining(", "));
    }

    private static void assertAllAsUndisturbed(String guarantee) {
        Map<String, LayerResult> results = results(broker, guarantee);
        results.forEach((id, result) -> {
            assertThat(result.getCoverage()).as(id).isEqualTo(1);
            LayerResult undisturbed = results.get(id.replaceFirst("run \\d", UNDISTURBED));
            assertThat(result.getSamples()).as(id).isEqualTo(undisturbed.getSamples());
            MetricsAgreement.assertAgree(id, result.getMetricsMap(), undisturbed.getMetricsMap(), ROUNDING);
        });
    }

    /** Input records whose offsets are committed. */
    private static long committed(String guarantee) {
        return committed(broker.bootstrap(), applicationId(guarantee), Topic.FEATURES);
    }

    /** Records of a topic whose offsets a group has committed. */
    static long committed(String bootstrap, String group, Topic topic) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic.topicName()))
                    .mapToLong(entry -> entry.getValue().offset())
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker does not say what is committed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Records of a topic, from its first to its last. */
    static long sent(String bootstrap, Topic topic) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            return consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static String applicationId(String guarantee) {
        return "killed-" + guarantee;
    }

    private static CollapseProcess monitor(String guarantee, Path state, String plan) throws IOException {
        Path settings = state.resolve("kafka.properties");
        Files.writeString(
                settings,
                "commit.interval.ms=200\n"
                        + "producer.interceptor.classes=" + KillingInterceptor.class.getName() + "\n"
                        + "producer.transaction.timeout.ms=2000\n");
        return CollapseProcess.startJvm(
                state,
                List.of("-D" + KillingInterceptor.PLAN + "=" + plan, "-XX:TieredStopAtLevel=1"),
                "monitor",
                "--bootstrap",
                broker.bootstrap(),
                "--application-id",
                applicationId(guarantee),
                "--state-dir",
                state.resolve("state").toString(),
                "--http-port",
                "0",
                "--threads",
                "1",
                "--processing-guarantee",
                guarantee,
                "--kafka-config",
                settings.toString());
    }

    /** The records of all runs, a snapshot of each always under way. */
    private static List<ProducerRecord<byte[], byte[]>> interleaved(String prefix) {
        List<List<ProducerRecord<byte[], byte[]>>> runs = new ArrayList<>();
        for (int run = 1; run <= RUNS; run++) {
            runs.add(inOrder(prefix + "run " + run));
        }
        List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
        int longest =
                runs.stream().map(List::size).max(Comparator.naturalOrder()).orElseThrow();
        for (int i = 0; i < longest; i++) {
            for (List<ProducerRecord<byte[], byte[]>> run : runs) {
                all.add(run.get(i));
            }
        }
        return all;
    }

    private static List<ProducerRecord<byte[], byte[]>> inOrder(String run) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int step = 1; step <= STEPS; step++) {
            List<ProducerRecord<byte[], byte[]>> narrow = LAYER.records(run, 1, step, PARTS);
            for (int i = 0; i < narrow.size(); i++) {
                records.add(narrow.get(i));
                if (i < PARTS) {
                    records.add(wide(run, step, i));
                }
            }
        }
        return records;
    }

    /** Of a dimension whose products are formed in float32, and whose state is many chunks. */
    private static ProducerRecord<byte[], byte[]> wide(String run, int step, int part) {
        Random random = new Random(100L * step + part);
        float[] features = new float[WIDE_ROWS * WIDTH];
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun(run)
                .setLayer(Layer.newBuilder()
                        .setName("wide")
                        .setIndex(1)
                        .setKind(LayerKind.DENSE)
                        .setFeatureDim(WIDTH))
                .setAttempt(1)
                .setStep(step)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setPart(part)
                .setParts(PARTS)
                .setClasses(WIDE_CLASSES);
        for (int i = 0; i < WIDE_ROWS; i++) {
            batch.addLabels(i % WIDE_CLASSES);
            for (int j = 0; j < WIDTH; j++) {
                features[i * WIDTH + j] =
                        (float) ((j % WIDE_CLASSES == i % WIDE_CLASSES ? 2 : 0) + random.nextGaussian());
            }
        }
        batch.setFeatures(TensorCodec.floats(features, WIDE_ROWS, WIDTH));
        return new ProducerRecord<>(
                Topic.FEATURES.topicName(),
                Keys.layer(run, "wide"),
                batch.build().toByteArray());
    }

    private static void send(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker refused a record of " + record.topic(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Results as a consumer of the topic has them: by identity, the higher coverage, else the newer. */
    static Map<String, LayerResult> results(EmbeddedBroker broker, String prefix) {
        return results(broker.bootstrap(), prefix);
    }

    static Map<String, LayerResult> results(String bootstrap, String prefix) {
        Map<String, LayerResult> results = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.METRICS.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    LayerResult result = LayerResult.parseFrom(record.value());
                    if (result.getRun().startsWith(prefix)) {
                        results.merge(
                                result.getRun() + "/" + result.getLayer().getName() + " step " + result.getStep(),
                                result,
                                (before, now) -> before.getCoverage() > now.getCoverage() ? before : now);
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("an unreadable result on collapse.metrics", e);
        }
        return results;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
