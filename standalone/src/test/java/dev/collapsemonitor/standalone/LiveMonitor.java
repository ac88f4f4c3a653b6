package dev.collapsemonitor.standalone;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.collapsemonitor.monitor.layer.RollingSettings;
import dev.collapsemonitor.monitor.topology.CollapseMonitor;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.monitor.topology.TopicAdmin;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A real broker and a real monitor in this JVM, and what tests ask of the two from outside. */
public final class LiveMonitor implements AutoCloseable {
    /** For waits: far above what a slow machine needs, below the grace after which incomplete snapshots close. */
    public static final Duration PATIENCE = Duration.ofSeconds(45);

    private static final int PARTITIONS = 3;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final Path directory;
    private final EmbeddedBroker broker;
    private final KafkaProducer<byte[], byte[]> producer;
    private final MonitorConfig.Limits limits;
    private CollapseMonitor monitor;

    private LiveMonitor(Path directory, EmbeddedBroker broker, MonitorConfig.Limits limits) {
        this.directory = directory;
        this.limits = limits;
        this.broker = broker;
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Starts broker and monitor on an empty directory; returns when records are processed. */
    public static LiveMonitor start(Path directory) {
        return start(directory, MonitorConfig.Limits.DEFAULT);
    }

    /** The same, with other limits. */
    public static LiveMonitor start(Path directory, MonitorConfig.Limits limits) {
        EmbeddedBroker broker = EmbeddedBroker.start(0, directory.resolve("broker"));
        try (TopicAdmin topics = new TopicAdmin(broker.bootstrap(), Map.of())) {
            topics.ensure(OptionalInt.of(PARTITIONS), TopicAdmin.BROKER_DEFAULT_REPLICATION);
        }
        LiveMonitor live = new LiveMonitor(directory, broker, limits);
        live.startMonitor();
        return live;
    }

    private void startMonitor() {
        monitor = CollapseMonitor.start(new MonitorConfig(
                bootstrap(),
                MonitorConfig.DEFAULT_APPLICATION_ID,
                directory.resolve("state"),
                EmbeddedBroker.HOST,
                0,
                "",
                2,
                RollingSettings.DEFAULT,
                MonitorConfig.StateSettings.DEFAULT,
                limits,
                Map.of()));
        await().atMost(PATIENCE).until(monitor::ready);
    }

    /** Stops the monitor in order and starts another on the same state directory and application id. */
    public void restartMonitor() {
        monitor.close();
        startMonitor();
    }

    /** Partitions of every topic. */
    public int partitions() {
        return PARTITIONS;
    }

    public String bootstrap() {
        return broker.bootstrap();
    }

    public int httpPort() {
        return monitor.httpPort();
    }

    /** Publishes a record as our trainers do, and waits until the broker has it. */
    public void send(Topic topic, byte[] key, Message message) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic.topicName(), key, message.toByteArray());
        record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
        send(record);
    }

    /** Publishes a record as it is, and waits until the broker has it. */
    public void send(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker refused a record of " + record.topic(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Publishes a made-up layer, fc, as one snapshot. */
    public void publishMadeUp(String run, int attempt, long step) {
        new MadeUpLayer(step).records(run, attempt, step, 2).forEach(this::send);
    }

    /** Publishes many records, and waits until the broker has them all. */
    public void sendAll(List<ProducerRecord<byte[], byte[]>> records) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        records.forEach(record -> sent.add(producer.send(record)));
        producer.flush();
        for (Future<RecordMetadata> each : sent) {
            try {
                each.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("the broker refused a record", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    /** Everything that a topic holds now, partition by partition, read with a consumer of its own. */
    public List<ConsumerRecord<byte[], byte[]>> records(Topic topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    /** Results of one run on collapse.metrics, in their order. */
    public List<LayerResult> results(String run) {
        List<LayerResult> results = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records(Topic.METRICS)) {
            LayerResult result = parse(record.value());
            if (result.getRun().equals(run)) {
                results.add(result);
            }
        }
        return results;
    }

    private static LayerResult parse(byte[] value) {
        try {
            return LayerResult.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an unreadable result on collapse.metrics", e);
        }
    }

    /** The run as the API shows it; a missing node as long as it is unknown. */
    public JsonNode run(String run) {
        return get("/api/runs/" + encode(run));
    }

    /** Snapshots of a layer as the API shows them; empty as long as there is none. */
    public JsonNode history(String run, String layer) {
        JsonNode history = get("/api/runs/" + encode(run) + "/history?mode=snapshot&layer=" + encode(layer));
        return history.isMissingNode() ? json.createArrayNode() : history;
    }

    /** Loss and accuracy of a run by step, as the API shows them. */
    public JsonNode progress(String run) {
        return get("/api/runs/" + encode(run) + "/history");
    }

    /** What became of a run, as the API shows it. */
    public JsonNode events(String run) {
        return get("/api/runs/" + encode(run) + "/events");
    }

    /** Waits until a layer has that many snapshots, and returns them. */
    public JsonNode awaitHistory(String run, String layer, int snapshots) {
        return await(run + ", " + layer + ": " + snapshots + " snapshots")
                .atMost(PATIENCE)
                .until(() -> history(run, layer), history -> history.size() >= snapshots);
    }

    /** All runs as the API shows them. */
    public JsonNode runs() {
        return get("/api/runs");
    }

    /** Metrics of an entry of a history, or of a layer of a run. */
    public static Map<String, Double> metrics(JsonNode entry) {
        Map<String, Double> metrics = new TreeMap<>();
        entry.path("metrics")
                .properties()
                .forEach(
                        metric -> metrics.put(metric.getKey(), metric.getValue().asDouble()));
        return metrics;
    }

    /** Whether the monitor says that it processes records. */
    public boolean ready() {
        return body("/health/ready").statusCode() == 200;
    }

    /** A scrape of /metrics. */
    public Exposition scrape() {
        return Exposition.parse(body("/metrics").body());
    }

    /** A scrape as it came. */
    public String scrapeText() {
        return body("/metrics").body();
    }

    private JsonNode get(String path) {
        HttpResponse<String> response = body(path);
        try {
            return response.statusCode() == 200 ? json.readTree(response.body()) : json.missingNode();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " answered " + response.body(), e);
        }
    }

    private HttpResponse<String> body(String path) {
        URI uri = URI.create("http://" + EmbeddedBroker.HOST + ":" + httpPort() + path);
        try {
            return http.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + uri, e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
        monitor.close();
        broker.close();
    }
}
