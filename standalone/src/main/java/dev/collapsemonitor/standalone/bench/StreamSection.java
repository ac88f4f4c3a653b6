package dev.collapsemonitor.standalone.bench;

import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.RecordHeaders;
import dev.collapsemonitor.protocol.TensorCodec;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.Tensor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Exact snapshots through the whole topology, state and outputs included, against a bare consumer that only reads the same
 * topic with the same client settings, and against the accumulator alone. The broker runs on the same cores.
 */
final class StreamSection implements Section {
    private static final int RUNS = 8;
    private static final int PARTS = 2_000;
    private static final int DISTINCT = 64;
    /** What is processed while the JVM still compiles does not count. */
    private static final double WARM_UP = 0.6;

    private static final Layer LAYER = Layer.newBuilder()
            .setName("fc")
            .setKind(LayerKind.DENSE)
            .setClassifier(true)
            .setFeatureDim(Features.DIMENSION)
            .addWeightDims(Features.CLASSES)
            .addWeightDims(Features.DIMENSION)
            .build();

    @Override
    public void run(BenchEnvironment environment, BenchReport report) throws Exception {
        int threads = Runtime.getRuntime().availableProcessors();
        try (Cluster cluster = Cluster.start(environment, "stream")) {
            long bytes = produce(environment, cluster);
            double consumer = 0;
            for (int round = 0; round < 2; round++) { // the first one fills the page cache
                consumer = Math.max(consumer, consume(cluster, RUNS * PARTS));
            }
            environment.say("a bare consumer reads %.0f MB/s", consumer);
            double stream;
            try (Cluster.Monitor monitor = cluster.monitor(threads)) {
                stream = process(environment, monitor, bytes);
            }
            report.add("consumer_mb_s", consumer);
            report.add("end_to_end_mb_s", stream);
            report.add("end_to_end_vs_consumer", stream / consumer);
            report.add("stream_threads", threads);
            report.add("end_to_end_vs_kernel", stream / (threads * report.get("kernel_mb_s")));
        }
    }

    private static long produce(BenchEnvironment environment, Cluster cluster) throws Exception {
        List<Tensor> blocks = new ArrayList<>();
        for (int i = 0; i < DISTINCT; i++) {
            blocks.add(TensorCodec.floats(Features.rows(i), Features.ROWS, Features.DIMENSION));
        }
        List<String> runs = runsOnDistinctPartitions();
        long bytes = 0;
        long begin = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        1 << 20,
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        2 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int part = 0; part < PARTS; part++) {
                for (String run : runs) {
                    byte[] value = batch(run, part, blocks.get(part % DISTINCT));
                    ProducerRecord<byte[], byte[]> record =
                            new ProducerRecord<>(Topic.FEATURES.topicName(), Keys.layer(run, LAYER.getName()), value);
                    record.headers().add(RecordHeaders.SCHEMA_VERSION, RecordHeaders.currentSchemaVersion());
                    sent.add(producer.send(record));
                    bytes += value.length;
                }
                if (part % 400 == 399) {
                    environment.say("published %d of %d MB", bytes / 1_000_000, bytes / (part + 1) * PARTS / 1_000_000);
                }
            }
            for (Future<?> future : sent) {
                future.get(); // a record that is not there would be waited for without end
            }
        }
        environment.say("published at %.0f MB/s", bytes * 1e3 / (System.nanoTime() - begin));
        return bytes;
    }

    private static byte[] batch(String run, int part, Tensor features) {
        FeatureBatch.Builder batch = FeatureBatch.newBuilder()
                .setRun(run)
                .setLayer(LAYER)
                .setAttempt(1)
                .setEpoch(1)
                .setStep(1)
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setPart(part)
                .setParts(PARTS)
                .setClasses(Features.CLASSES)
                .setFeatures(features);
        for (int label : Features.labels()) {
            batch.addLabels(label).addPredictedLabels(label);
        }
        return batch.build().toByteArray();
    }

    /** Names whose keys fall on different partitions: the threads of a monitor get the same share of the work. */
    private static List<String> runsOnDistinctPartitions() {
        List<String> runs = new ArrayList<>();
        for (int i = 0; runs.size() < RUNS; i++) {
            byte[] key = Keys.layer("bench-" + i, LAYER.getName());
            if (Utils.toPositive(Utils.murmur2(key)) % 12 == runs.size()) {
                runs.add("bench-" + i);
            }
        }
        return runs;
    }

    private static double consume(Cluster cluster, int records) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                // As the monitor has them, see StreamsSettings.
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                8 << 20,
                ConsumerConfig.RECEIVE_BUFFER_CONFIG,
                -1);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.FEATURES.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int seen = 0;
            long counted = 0;
            long begin = 0;
            while (seen < records) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    seen++;
                    if (seen >= WARM_UP * records) {
                        begin = begin == 0 ? System.nanoTime() : begin;
                        counted += record.value().length;
                    }
                }
            }
            return counted * 1e3 / (System.nanoTime() - begin);
        }
    }

    /** MB/s from the end of the warm-up to the last result on /metrics. */
    private static double process(BenchEnvironment environment, Cluster.Monitor monitor, long bytes)
            throws IOException, InterruptedException {
        Exposition exposition = new Exposition(monitor.url());
        String received = "collapse_records_bytes_total{topic=\"" + Topic.FEATURES.topicName() + "\"}";
        long begin = 0;
        double atBegin = 0;
        double said = 0;
        while (true) {
            monitor.process().check();
            try {
                String text = exposition.read();
                double now = Exposition.sum(text, received);
                if (begin == 0 && now >= WARM_UP * bytes) {
                    begin = System.nanoTime();
                    atBegin = now;
                }
                if (now >= said + bytes / 4.0) {
                    environment.say("the monitor has processed %.0f of %d MB", now / 1e6, bytes / 1_000_000);
                    said = now;
                }
                if (Exposition.count(text, "collapse_nc1{") == RUNS) {
                    return (bytes - atBegin) * 1e3 / (System.nanoTime() - begin);
                }
            } catch (IOException e) {
                // It does not listen yet.
            }
            Thread.sleep(100); // often enough for seconds, seldom enough to cost nothing
        }
    }
}
