package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.oracle.SlowMetrics;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saved arrays through {@code publish}, a real broker and a real monitor. */
class PublishIT {
    private static final String DUPLICATES = "collapse_records_duplicate_total";
    private static final int PARTS = 5;
    private static final int BATCH = MadeUpLayer.ROWS / PARTS;

    @TempDir
    static Path directory;

    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static LiveMonitor live;

    @BeforeAll
    static void start() throws Exception {
        live = LiveMonitor.start(directory);
        Files.write(directory.resolve("h.npy"), LAYER.featureFile());
        Files.write(directory.resolve("y.npy"), LAYER.labelFile());
        Files.write(directory.resolve("p.npy"), LAYER.predictionFile());
        Files.write(directory.resolve("w.npy"), LAYER.weightFile());
        Files.write(directory.resolve("b.npy"), LAYER.biasFile());
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @Test
    void theSameArraysTwiceChangeNothing() throws Exception {
        publishAll("twice", 1, BATCH);
        JsonNode first = live.awaitHistory("twice", "fc", 1);
        assertThat(LiveMonitor.metrics(first.get(0))).containsKeys("nc0", "nc1", "nc2_etf_means", "nc3", "nc4");
        double duplicates = live.scrape().value(DUPLICATES);

        publishAll("twice", 1, BATCH);
        int records = PARTS + 1; // the weights fit into one
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(live.scrape().value(DUPLICATES)).isEqualTo(duplicates + records));

        // Whatever the second time might have produced comes before the result of a later step.
        publishAll("twice", 2, BATCH);
        JsonNode history = live.awaitHistory("twice", "fc", 2);
        assertThat(history).hasSize(2);
        assertThat(history.get(0)).isEqualTo(first.get(0));
        assertThat(live.results("twice")).extracting(LayerResult::getStep).containsExactly(1L, 2L);
        assertThat(live.scrape().value(DUPLICATES)).isEqualTo(duplicates + records);
    }

    @Test
    void theMetricsAreThoseOfTheOracleAndDoNotDependOnTheBatchSize() throws Exception {
        publishAll("batches", 10, BATCH);
        publishAll("batches", 20, 7);
        publishAll("batches", 30, MadeUpLayer.ROWS);
        JsonNode history = live.awaitHistory("batches", "fc", 3);

        PublishedArrays published = PublishedArrays.of(live, "batches");
        assertThat(published.parts(new PublishedArrays.Key("fc", 20, Split.TRAIN)))
                .isEqualTo(18);
        SlowMetrics.Result oracle = published.oracle(new PublishedArrays.Key("fc", 10, Split.TRAIN));
        Map<String, Double> expected = new TreeMap<>(oracle.values());
        expected.keySet().removeIf(name -> name.startsWith("mse_loss") || name.equals("central_path_distance"));
        MetricsAgreement.assertAgree("step 10", LiveMonitor.metrics(history.get(0)), expected, 1e-6);
        for (JsonNode other : history) {
            MetricsAgreement.assertAgree(
                    "step " + other.path("step"),
                    LiveMonitor.metrics(other),
                    LiveMonitor.metrics(history.get(0)),
                    1e-9);
        }
    }

    @Test
    void savedStepsMayBePublishedNewestFirst() {
        for (int step = 7; step >= 1; step--) {
            publishAll("backwards", step, MadeUpLayer.ROWS);
        }
        JsonNode history = live.awaitHistory("backwards", "fc", 7);
        assertThat(history).extracting(entry -> entry.path("step").asInt()).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(history)
                .allSatisfy(entry -> assertThat(LiveMonitor.metrics(entry))
                        .isEqualTo(LiveMonitor.metrics(history.get(0)))
                        .containsKey("nc3"));
    }

    @Test
    void weightsAloneGiveTheLowRankMetrics() {
        publish("weights-only", 1, "--layer", "conv", "--weights", file("w.npy"), "--classes", "3");
        publish("weights-only", 1, "--layer", "fc", "--weights", file("w.npy"), "--classes", "3");
        for (String layer : List.of("conv", "fc")) {
            JsonNode history = live.awaitHistory("weights-only", layer, 1);
            assertThat(LiveMonitor.metrics(history.get(0)).keySet()).isEqualTo(SlowMetrics.WEIGHTS);
        }
        assertThat(live.run("weights-only").path("layers")).hasSize(2);
    }

    @Test
    void weightsAloneNeedNoNumberOfClasses() {
        publish("no-classes", 1, "--layer", "fc", "--weights", file("w.npy"));
        JsonNode entry = live.awaitHistory("no-classes", "fc", 1).get(0);
        assertThat(LiveMonitor.metrics(entry))
                .containsKeys("spectral_norm", "stable_rank", "energy_rank_99")
                .doesNotContainKeys("rank_k_distance", "rank_k_minus_1_distance");
        assertThat(entry.path("undefined").path("rank_k_distance").asText()).contains("number of classes");
    }

    @Test
    void aSecondLayerAddsToTheDescriptorOfTheRun() throws Exception {
        publish(
                "two-layers",
                1,
                "--experiment",
                "saved",
                "--layer",
                "dense",
                "--features",
                file("h.npy"),
                "--labels",
                file("y.npy"));
        publishAll("two-layers", 1, BATCH);
        live.awaitHistory("two-layers", "dense", 1);
        live.awaitHistory("two-layers", "fc", 1);

        RunDescriptor newest = null;
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.RUNS)) {
            RunDescriptor descriptor = RunDescriptor.parseFrom(record.value());
            newest = descriptor.getRun().equals("two-layers") ? descriptor : newest;
        }
        assertThat(newest.getLayersList()).extracting(layer -> layer.getName()).containsExactly("dense", "fc");
        assertThat(newest.getExperiment()).isEqualTo("saved");
        assertThat(newest.getClasses()).isEqualTo(MadeUpLayer.CLASSES);
        JsonNode run = live.run("two-layers");
        assertThat(run.path("experiment").asText()).isEqualTo("saved");
        assertThat(names(run.path("layers"))).containsExactly("dense", "fc");
    }

    @Test
    void aNewAttemptReplacesTheExportedSeriesAndTheHistoryKeepsBoth() {
        String run = "resumed";
        for (long step : new long[] {100, 200}) {
            new MadeUpLayer(1).records(run, 1, step, 2).forEach(live::send);
        }
        live.awaitHistory(run, "fc", 2);
        assertThat(live.scrape().value("collapse_attempt", Map.of("run", run))).isEqualTo(1);

        // Resumed from a checkpoint before step 200: the same step once more, other numbers.
        new MadeUpLayer(2).records(run, 2, 100, 2).forEach(live::send);
        JsonNode history = live.awaitHistory(run, "fc", 3);
        assertThat(history).extracting(entry -> entry.path("attempt").asInt()).containsExactly(1, 1, 2);
        assertThat(history).extracting(entry -> entry.path("step").asInt()).containsExactly(100, 200, 100);
        double before = LiveMonitor.metrics(history.get(0)).get("nc1");
        double now = LiveMonitor.metrics(history.get(2)).get("nc1");
        assertThat(now).isNotEqualTo(before);

        Exposition scrape = live.scrape();
        assertThat(scrape.value("collapse_attempt", Map.of("run", run))).isEqualTo(2);
        assertThat(scrape.value("collapse_nc1", Map.of("run", run))).isEqualTo(now);

        // What is left over of the old attempt changes the history at most.
        new MadeUpLayer(3).records(run, 1, 300, 2).forEach(live::send);
        live.awaitHistory(run, "fc", 4);
        assertThat(live.scrape().value("collapse_nc1", Map.of("run", run))).isEqualTo(now);
        assertThat(live.run(run).path("attempt").asInt()).isEqualTo(2);
    }

    @Test
    void float64ArraysGiveTheSameMetrics() throws Exception {
        Files.write(directory.resolve("h64.npy"), LAYER.featureFile64());
        publishAll("precision", 1, BATCH);
        publish("precision", 2, "--layer", "fc", "--features", file("h64.npy"), "--labels", file("y.npy"));
        JsonNode history = live.awaitHistory("precision", "fc", 2);
        Map<String, Double> single = LiveMonitor.metrics(history.get(0));
        Map<String, Double> twice = LiveMonitor.metrics(history.get(1));
        single.keySet().retainAll(twice.keySet());
        assertThat(twice).containsKeys("nc1", "cdnv", "vci");
        MetricsAgreement.assertAgree("float64", twice, single, 1e-9);
    }

    @Test
    void arraysThatDoNotFitTheRunAreOneLineAndChangeNothing() {
        publishAll("fixed", 1, BATCH);
        live.awaitHistory("fixed", "fc", 1);
        int descriptors = live.records(Topic.RUNS).size();
        StringWriter err = new StringWriter();
        int status = run(
                err,
                "fixed",
                2,
                "--layer",
                "fc",
                "--features",
                file("h.npy"),
                "--labels",
                file("y.npy"),
                "--classes",
                "9");
        assertThat(status).isEqualTo(1);
        assertThat(err.toString())
                .contains("run fixed has 4 classes, but these arrays 9")
                .hasLineCount(1);
        assertThat(live.records(Topic.RUNS)).hasSize(descriptors);
    }

    private static void publishAll(String run, long step, int batch) {
        publish(
                run,
                step,
                "--layer",
                "fc",
                "--batch",
                Integer.toString(batch),
                "--features",
                file("h.npy"),
                "--labels",
                file("y.npy"),
                "--predictions",
                file("p.npy"),
                "--weights",
                file("w.npy"),
                "--bias",
                file("b.npy"),
                "--weight-decay",
                "5e-4",
                "--loss",
                "ce");
    }

    private static void publish(String run, long step, String... arguments) {
        StringWriter err = new StringWriter();
        int status = run(err, run, step, arguments);
        assertThat(err.toString()).isEmpty();
        assertThat(status).isZero();
    }

    private static int run(StringWriter err, String run, long step, String... arguments) {
        List<String> words = new ArrayList<>(List.of("publish", "--bootstrap", live.bootstrap()));
        words.addAll(List.of("--run", run, "--step", Long.toString(step)));
        words.addAll(List.of(arguments));
        return Collapse.run(
                words.toArray(String[]::new), Map.of(), new PrintWriter(new StringWriter()), new PrintWriter(err));
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static List<String> names(JsonNode layers) {
        return StreamSupport.stream(layers.spliterator(), false)
                .map(layer -> layer.path("name").asText())
                .toList();
    }
}
