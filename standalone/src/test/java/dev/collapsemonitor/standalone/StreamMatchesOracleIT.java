package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Split;
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
import dev.collapsemonitor.trainer.publish.SnapshotEpochs;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole path: networks train, their listeners publish to a real broker, a real monitor computes. What comes out on
 * collapse.metrics, in the API and on /metrics is compared, value by value, with a slow float64 computation on the very
 * arrays that lie on the broker.
 */
class StreamMatchesOracleIT {
    /** From the descriptor, so that it is no part of a published result; see TheoryIT. */
    private static final String FORECAST = Metric.NC0_FORECAST.exportedName();

    private static final double TOLERANCE = 1e-6;
    private static final int EPOCHS = 3;
    private static final int BATCH = 50;
    private static final String EXPERIMENT = "oracle";

    /** Batch norm, cross-entropy, coupled decay, all ten classes; the first layer's features need two records. */
    private static final String CROSS_ENTROPY = "ce-batch-norm";
    /** No batch norm, biases, squared loss, decoupled decay, four classes of different sizes. */
    private static final String MSE = "mse-imbalanced";

    /** Defined for runs that minimise the squared error alone. */
    private static final Set<String> MSE_ALONE =
            Set.of("mse_loss_nc1", "mse_loss_nc23", "mse_loss_perp", "central_path_distance", "central_path_spread");

    private static final Map<String, List<String>> LAYERS = Map.of(
            CROSS_ENTROPY, List.of("dense0", "dense1", Mlp.CLASSIFIER),
            MSE, List.of("dense0", Mlp.CLASSIFIER));

    @TempDir
    static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void train() {
        live = LiveMonitor.start(directory);
        Samples strokes = halfWidth(new Strokes(700, 100, 1).load().train());
        Samples test = halfWidth(new Strokes(700, 100, 1).load().test());
        train(
                CROSS_ENTROPY,
                strokes,
                test,
                new Mlp(List.of(24, 16), BatchNorm.ALL)
                        .build(
                                SampleShape.flat(strokes.dimension()),
                                10,
                                new Training(
                                        TrainingLoss.CROSS_ENTROPY, new HeavyBall(0.05, 0.9), Decay.coupled(5e-3), 1)));
        Samples few = imbalanced(strokes);
        train(
                MSE,
                few,
                imbalanced(test),
                new Mlp(List.of(12), BatchNorm.NONE)
                        .build(
                                SampleShape.flat(few.dimension()),
                                4,
                                new Training(TrainingLoss.MSE, new HeavyBall(0.01, 0.9), Decay.decoupled(1e-2), 2)));
        for (String run : runs()) {
            for (String layer : LAYERS.get(run)) {
                live.awaitHistory(run, layer, 2 * (EPOCHS + 1));
            }
            await().atMost(LiveMonitor.PATIENCE)
                    .until(() -> live.run(run).path("status").asText().equals("FINISHED"));
        }
    }

    private static void train(String run, Samples train, Samples test, MultiLayerNetwork network) {
        try (CollapsePublisher listener = CollapsePublisher.builder(live.bootstrap(), run, EPOCHS)
                .experiment(EXPERIMENT)
                .trainingData(SnapshotSamples.of(train, train.size(), 1))
                .testData(SnapshotSamples.of(test, test.size(), 1))
                .snapshots(new SnapshotEpochs.Every(1))
                .build()) {
            network.setListeners(listener);
            network.fit(new ShuffledBatches(train, BATCH, 1), EPOCHS);
            assertThat(listener.dropped()).isZero();
        }
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void everyMetricOfEverySnapshotEqualsTheSlowComputationOnThePublishedArrays(String run) throws Exception {
        PublishedArrays published = PublishedArrays.of(live, run);
        Map<PublishedArrays.Key, LayerResult> results = results(run);
        assertThat(results.keySet())
                .containsExactlyInAnyOrderElementsOf(published.snapshots())
                .hasSize(LAYERS.get(run).size() * 2 * (EPOCHS + 1));
        for (PublishedArrays.Key snapshot : published.snapshots()) {
            LayerResult result = results.get(snapshot);
            assertThat(result.getCoverage()).isEqualTo(1);
            Map<String, Double> expected =
                    new TreeMap<>(published.oracle(snapshot).values());
            if (!run.equals(MSE)) {
                expected.keySet().removeAll(MSE_ALONE);
            }
            MetricsAgreement.assertAgree(run + ", " + snapshot, result.getMetricsMap(), expected, TOLERANCE);
        }
    }

    @Test
    void theSnapshotsAreOfManyKinds() throws Exception {
        // What makes the comparison above worth something: several records, all scopes, both losses, minorities.
        PublishedArrays published = PublishedArrays.of(live, CROSS_ENTROPY);
        assertThat(published.parts(new PublishedArrays.Key("dense0", 0, Split.TRAIN)))
                .isEqualTo(2);
        assertThat(classifier(CROSS_ENTROPY).getMetricsMap())
                .containsKeys("nc0", "nc1", "nc2_etf_weights", "nc3", "nc4", "low_rank_ratio");
        assertThat(classifier(MSE).getMetricsMap())
                .containsKeys("minority_angle_min", "mse_loss_perp")
                .doesNotContainKey("low_rank_ratio");
    }

    @ParameterizedTest
    @MethodSource("runs")
    void theApiServesTheVeryNumbersThatWerePublished(String run) {
        Map<PublishedArrays.Key, LayerResult> results = results(run);
        for (String layer : LAYERS.get(run)) {
            for (JsonNode entry : live.history(run, layer)) {
                Split split = Split.valueOf(entry.path("split").asText().toUpperCase(Locale.ROOT));
                LayerResult result = results.remove(
                        new PublishedArrays.Key(layer, entry.path("step").asLong(), split));
                Map<String, Double> served = new TreeMap<>(LiveMonitor.metrics(entry));
                served.remove(FORECAST);
                assertThat(served).isEqualTo(result.getMetricsMap());
                assertThat(entry.path("attempt").asInt()).isEqualTo(1);
                assertThat(entry.path("epoch").asDouble()).isEqualTo(result.getEpoch());
                assertThat(entry.path("coverage").asDouble()).isEqualTo(1);
                assertThat(entry.path("mode").asText()).isEqualTo("snapshot");
            }
        }
        assertThat(results).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void aScrapeShowsTheNewestOfThem(String run) {
        long last = results(run).keySet().stream()
                .mapToLong(PublishedArrays.Key::step)
                .max()
                .orElseThrow();
        Map<Map<String, String>, Double> expected = new HashMap<>();
        results(run).forEach((snapshot, result) -> {
            if (snapshot.step() == last) {
                result.getMetricsMap().forEach((metric, value) -> expected.put(series(run, snapshot, metric), value));
            }
        });

        Exposition scrape = live.scrape();
        Map<Map<String, String>, Double> actual = new HashMap<>();
        for (Exposition.Series series : scrape.having(Map.of("run", run))) {
            if (series.labels().containsKey("layer") && !series.name().equals("collapse_" + FORECAST)) {
                Map<String, String> identity = new TreeMap<>(series.labels());
                identity.put("name", series.name());
                actual.put(identity, series.value());
            }
        }
        assertThat(actual).isEqualTo(expected);

        JsonNode api = live.run(run);
        Map<String, String> labels = Map.of("run", run, "experiment", EXPERIMENT);
        for (String metric : List.of("loss", "accuracy", "learning_rate", "step", "epoch", "attempt")) {
            assertThat(scrape.value("collapse_" + metric, labels))
                    .as(metric)
                    .isEqualTo(api.path(metric).asDouble(Double.NaN));
        }
        assertThat(scrape.value("collapse_step", labels)).isEqualTo((double) last);
        assertThat(scrape.value("collapse_snapshot_coverage", labels)).isEqualTo(1);
        assertThat(scrape.having(labels).stream()
                        .filter(series -> series.name().equals("collapse_run_status") && series.value() == 1))
                .singleElement()
                .satisfies(series -> assertThat(series.labels()).containsEntry("collapse_run_status", "FINISHED"));
    }

    @Test
    void everyMetricHasAHelpAndPromtoolFindsNothingToSay() throws Exception {
        String text = live.scrapeText();
        Exposition scrape = Exposition.parse(text);
        assertThat(scrape.help().values()).noneMatch(String::isBlank);
        // The series of a summary or a histogram share the help of their family.
        assertThat(scrape.names())
                .allMatch(name -> scrape.help().containsKey(name)
                        || scrape.help().containsKey(name.replaceFirst("_(bucket|count|sum)$", "")));
        for (Metric metric : Metric.values()) {
            assertThat(scrape.help().getOrDefault("collapse_" + metric.exportedName(), metric.help()))
                    .isEqualTo(metric.help());
        }

        Path promtool = promtool();
        Process process = new ProcessBuilder(promtool.toString(), "check", "metrics")
                .redirectErrorStream(true)
                .redirectInput(
                        Files.writeString(directory.resolve("scrape.txt"), text).toFile())
                .redirectOutput(directory.resolve("promtool.txt").toFile())
                .start();
        int status = process.waitFor();
        assertThat(Files.readString(directory.resolve("promtool.txt"))).isEmpty();
        assertThat(status).isZero();
    }

    static List<String> runs() {
        return List.of(CROSS_ENTROPY, MSE);
    }

    private static Map<String, String> series(String run, PublishedArrays.Key snapshot, String metric) {
        return new TreeMap<>(Map.of(
                "name",
                "collapse_" + metric,
                "run",
                run,
                "experiment",
                EXPERIMENT,
                "layer",
                snapshot.layer(),
                "mode",
                "snapshot",
                "split",
                snapshot.split().name().toLowerCase(Locale.ROOT)));
    }

    private static LayerResult classifier(String run) {
        return results(run).get(new PublishedArrays.Key(Mlp.CLASSIFIER, 0, Split.TRAIN));
    }

    /** Results by snapshot; two of one snapshot are an error. */
    private static Map<PublishedArrays.Key, LayerResult> results(String run) {
        Map<PublishedArrays.Key, LayerResult> results = new TreeMap<>();
        for (LayerResult result : live.results(run)) {
            PublishedArrays.Key key =
                    new PublishedArrays.Key(result.getLayer().getName(), result.getStep(), result.getSplit());
            assertThat(results.put(key, result))
                    .as("a second result of %s", key)
                    .isNull();
        }
        return results;
    }

    private static Path promtool() {
        List<Path> found = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "promtool"))
                .filter(Files::isExecutable)
                .toList();
        assumeTrue(!found.isEmpty(), "no promtool on the PATH; apt-get install --no-install-recommends prometheus");
        return found.get(0);
    }

    /** Pairs of neighbouring pixels averaged: half the columns, an eighth of the oracle's time. */
    private static Samples halfWidth(Samples samples) {
        float[] features = new float[samples.features().length / 2];
        for (int i = 0; i < features.length; i++) {
            features[i] = (samples.features()[2 * i] + samples.features()[2 * i + 1]) / 2;
        }
        return new Samples(features, samples.labels(), samples.dimension() / 2, samples.classes());
    }

    /** The first four classes; of class k, one in k + 1 samples. */
    private static Samples imbalanced(Samples samples) {
        List<Integer> chosen = new ArrayList<>();
        int[] seen = new int[samples.classes()];
        IntStream.range(0, samples.size()).forEach(i -> {
            int label = samples.labels()[i];
            if (label < 4 && seen[label]++ % (label + 1) == 0) {
                chosen.add(i);
            }
        });
        Samples few = samples.select(chosen.stream().mapToInt(Integer::intValue).toArray());
        return new Samples(few.features(), few.labels(), few.dimension(), 4);
    }
}
