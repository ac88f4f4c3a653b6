package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import dev.collapsemonitor.standalone.LiveMonitor;
import dev.collapsemonitor.trainer.publish.Broker;
import dev.collapsemonitor.trainer.publish.FeatureSet;
import dev.collapsemonitor.trainer.publish.Measures;
import dev.collapsemonitor.trainer.publish.Moment;
import dev.collapsemonitor.trainer.publish.PublisherOptions;
import dev.collapsemonitor.trainer.publish.Rows;
import dev.collapsemonitor.trainer.publish.RunPublisher;
import dev.collapsemonitor.trainer.publish.WeightSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every query of every dashboard against a real Prometheus that scrapes a real monitor, with runs of awkward names. Made-up
 * runs cannot fill every panel: {@link AlertsIT} does that, with runs that really train.
 */
class DashboardQueriesIT {
    /**
     * A run whose name is full of what means something to a regular expression, to PromQL or to a URL. No double quote:
     * Grafana, as the check knows it, does not escape that one when a single run is chosen.
     */
    private static final String AWKWARD = "sgd (lr=0.1)+bn? 50% & {x}|[y]^$*. \\d <b>é";

    private static final String PLAIN = "adamw";
    private static final String WITHOUT_EXPERIMENT = "published";
    private static final List<String> LAYERS = List.of("dense0", "classifier");

    @TempDir
    static Path folder;

    private static LiveMonitor live;
    private static PrometheusProcess prometheus;

    @BeforeAll
    static void start() {
        Binaries.require("prometheus"); // before a broker and a monitor are started in vain
        live = LiveMonitor.start(folder);
        // Before anything is published: a rate needs the scrapes before and after.
        prometheus = PrometheusProcess.start(folder, live.httpPort());
        publish(AWKWARD, "demo \"a\\b\"", OptimizerKind.SGD, Coupling.COUPLED);
        publish(PLAIN, "demo \"a\\b\"", OptimizerKind.ADAM, Coupling.DECOUPLED);
        publish(WITHOUT_EXPERIMENT, "", OptimizerKind.SGD, Coupling.COUPLED);
        for (String run : List.of(AWKWARD, PLAIN, WITHOUT_EXPERIMENT)) {
            LAYERS.forEach(layer -> live.awaitHistory(run, layer, 2));
            await().atMost(LiveMonitor.PATIENCE)
                    .until(() -> live.run(run).path("learning_rate").isNumber());
        }
        // A rate needs two scrapes.
        await().atMost(LiveMonitor.PATIENCE)
                .until(() -> !prometheus
                        .api()
                        .query("rate(collapse_run_rejected_records_total[4s])")
                        .isEmpty());
    }

    @AfterAll
    static void stop() {
        // Null where Prometheus is absent and the tests are skipped.
        if (prometheus != null) {
            prometheus.close();
        }
        if (live != null) {
            live.close();
        }
    }

    private static void publish(String run, String experiment, OptimizerKind optimizer, Coupling coupling) {
        RunDescriptor.Builder descriptor = RunDescriptor.newBuilder()
                .setRun(run)
                .setExperiment(experiment)
                .setAttempt(1)
                .setDataset("strokes")
                .setClasses(3)
                .setLoss(Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY))
                .setOptimizer(Optimizer.newBuilder().setKind(optimizer))
                .setWeightDecay(WeightDecay.newBuilder().setLambda(0.01).setCoupling(coupling))
                .setTotalSteps(100);
        for (String name : LAYERS) {
            descriptor.addLayers(Layer.newBuilder()
                    .setIndex(LAYERS.indexOf(name))
                    .setName(name)
                    .setKind(LayerKind.DENSE)
                    .setClassifier(name.equals("classifier"))
                    .setFeatureDim(5)
                    .addWeightDims(3)
                    .addWeightDims(5));
        }
        try (RunPublisher publisher =
                RunPublisher.connect(Broker.at(live.bootstrap()), descriptor.build(), PublisherOptions.DEFAULT)) {
            publisher.start();
            Moment moment = new Moment(1, 1, 50);
            Random random = new Random(run.hashCode());
            for (Layer layer : descriptor.getLayersList()) {
                for (Split split : List.of(Split.TRAIN, Split.TEST)) {
                    int[] labels = random.ints(60, 0, 3).toArray();
                    publisher.features(
                            new FeatureSet(layer, split, 3, gaussian(random, 60), labels, labels, true), moment);
                }
                publisher.weights(
                        new WeightSet(
                                layer,
                                gaussian(random, 3),
                                new WeightSet.NoBias(),
                                new WeightSet.Decaying(0.01, coupling, false),
                                LossKind.CROSS_ENTROPY,
                                true,
                                3),
                        moment);
            }
            publisher.progress(1, 50, new Measures(0.4, 0.9, 0.05));
        }
    }

    private static Rows gaussian(Random random, int rows) {
        float[] values = new float[rows * 5];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Rows.of(values, 5);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataAsTheDashboardOpens(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard)
                        .forgivingWhatMayBeEmpty()
                        .problems())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataForOneChosenRunWhateverItsName(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard)
                        .choosing("run", AWKWARD)
                        .forgivingWhatMayBeEmpty()
                        .problems())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataForTheTestSplit(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard)
                        .choosing("split", "test")
                        .forgivingWhatMayBeEmpty()
                        .problems())
                .isEmpty();
    }

    @Test
    void allShowsRunsThatNameNoExperiment() {
        Path run = Repository.path("grafana/dashboards/run.json");
        assertThat(new DashboardCheck(prometheus.api(), run)
                        .choosing("run", WITHOUT_EXPERIMENT)
                        .forgivingWhatMayBeEmpty()
                        .problems())
                .isEmpty();
    }

    static List<Path> dashboards() {
        return Repository.dashboards();
    }
}
