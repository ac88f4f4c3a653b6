package dev.collapsemonitor.monitor.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.monitor.exposition.Exposition.Sample;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunCollectorTest {
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

    private final RunDirectory runs = new RunDirectory();

    @Test
    void aMonitorWithoutRunsExposesNoSeriesOfRuns() {
        assertThat(scrape().samples).isEmpty();
    }

    @Test
    void aLayersMetricsAreGaugesWithTheDocumentedLabels() {
        Run run = run("r");
        run.update(Records.result(1, 10, 0.25).putMetrics("nc3", 1.41).build(), START.toEpochMilli());
        run.update(Records.result(1, 10, 0.5).setSplit(Split.TEST).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        Map<String, String> train =
                Map.of("run", "r", "experiment", "e", "layer", "fc", "mode", "snapshot", "split", "train");
        Map<String, String> test =
                Map.of("run", "r", "experiment", "e", "layer", "fc", "mode", "snapshot", "split", "test");
        assertThat(exposition.of("collapse_nc1"))
                .containsExactlyInAnyOrder(
                        new Sample("collapse_nc1", train, 0.25), new Sample("collapse_nc1", test, 0.5));
        assertThat(exposition.of("collapse_nc3")).containsExactly(new Sample("collapse_nc3", train, 1.41));
    }

    @Test
    void aRunsProgressIsExposedAsFarAsItWasReported() {
        Run run = run("r");
        run.update(Records.heartbeat(1, 20, 0.75).setLearningRate(0.1).build(), START.toEpochMilli());
        run.update(Records.result(1, 10, 0.25).setCoverage(0.5).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        assertRun(exposition, "attempt", 1);
        assertRun(exposition, "step", 20);
        assertRun(exposition, "epoch", 2);
        assertRun(exposition, "loss", 0.75);
        assertRun(exposition, "learning_rate", 0.1);
        assertRun(exposition, "snapshot_coverage", 0.5);
        assertRun(exposition, "last_record_timestamp_seconds", START.getEpochSecond());
        assertThat(exposition.of("collapse_accuracy")).isEmpty();
    }

    @Test
    void valuesThatAreNotFiniteAreAbsentAndTheStatusSaysWhy() {
        Run run = run("r");
        run.update(Records.heartbeat(1, 20, Double.NaN).setEpoch(Double.NaN).build(), START.toEpochMilli());
        run.update(Records.result(1, 10, Double.NaN).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        assertThat(exposition.samples).noneMatch(sample -> Double.isNaN(sample.value()));
        assertThat(exposition.of("collapse_loss")).isEmpty();
        assertThat(exposition.of("collapse_run_status"))
                .filteredOn(sample -> sample.value() == 1)
                .singleElement()
                .satisfies(sample -> assertThat(sample.labels()).containsEntry("collapse_run_status", "DIVERGED"));
    }

    @Test
    void theStatesOfARunSumToOne() {
        run("r");
        run("ended").update(Records.progress(1, 1, ProgressEvent.FINISHED).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        for (String name : new String[] {"r", "ended"}) {
            assertThat(exposition.of("collapse_run_status"))
                    .filteredOn(sample -> sample.labels().get("run").equals(name))
                    .hasSize(5)
                    .satisfies(samples -> assertThat(
                                    samples.stream().mapToDouble(Sample::value).sum())
                            .isEqualTo(1))
                    .filteredOn(sample -> sample.value() == 1)
                    .singleElement()
                    .satisfies(sample -> assertThat(sample.labels())
                            .containsEntry("collapse_run_status", name.equals("r") ? "RUNNING" : "FINISHED"));
        }
    }

    @Test
    void whatARunDeclaredIsOnItsInfoOnly() {
        runs.open("r")
                .update(
                        Records.descriptor(1)
                                .setLoss(Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY))
                                .setOptimizer(Optimizer.newBuilder()
                                        .setKind(OptimizerKind.NESTEROV)
                                        .setMomentum(0.9))
                                .setWeightDecay(
                                        WeightDecay.newBuilder().setLambda(5e-4).setCoupling(Coupling.COUPLED))
                                .build(),
                        START.toEpochMilli());
        Exposition exposition = scrape();

        assertThat(exposition.of("collapse_run_info"))
                .containsExactly(new Sample(
                        "collapse_run_info",
                        Map.of(
                                "run", "r",
                                "experiment", "e",
                                "dataset", "rings",
                                "framework", "test",
                                "loss", "cross_entropy",
                                "optimizer", "nesterov",
                                "momentum", "0.9",
                                "coupling", "coupled",
                                "weight_decay", "5.0E-4"),
                        1));
        assertThat(exposition.samples)
                .filteredOn(sample -> !sample.name().equals("collapse_run_info"))
                .noneMatch(sample -> sample.labels().containsKey("optimizer"));
    }

    @Test
    void everyFamilyHasHelpAndATypeAndNoSeriesATimestamp() {
        Run run = run("r");
        var result = Records.result(1, 10, 0.25);
        for (Metric metric : Metric.values()) {
            result.putMetrics(metric.exportedName(), 0.5);
        }
        run.update(result.build(), START.toEpochMilli());
        Exposition exposition = scrape(); // its reader refuses timestamps

        assertThat(exposition.of("collapse_nc1")).hasSize(1);
        assertThat(exposition.of("collapse_step"))
                .as("a layer has no step of its own")
                .hasSize(1);
        assertThat(exposition.samples).allSatisfy(sample -> {
            assertThat(sample.name()).startsWith("collapse_");
            assertThat(exposition.help).containsKey(sample.name());
            assertThat(exposition.help.get(sample.name())).isNotBlank();
            assertThat(exposition.types.get(sample.name()))
                    .isEqualTo(sample.name().endsWith("_total") ? "counter" : "gauge");
            assertThat(sample.labels()).doesNotContainKeys("job", "instance", "step", "epoch");
        });
    }

    @Test
    void theDepthProfileIsOfTheNewestStepThatAllLayersHave() {
        Run run = run("r");
        double[] nc1 = {4, 0.04, 0.0004};
        for (int layer = 0; layer < nc1.length; layer++) {
            run.update(ofLayer(layer, 10, nc1[layer]).build(), START.toEpochMilli());
        }
        run.update(ofLayer(0, 20, 9).build(), START.toEpochMilli()); // the others are still to come
        run.update(ofLayer(1, 10, 9).setSplit(Split.TEST).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        assertRun(exposition, "collapse_depth", 1);
        assertThat(exposition.of("collapse_equiseparation_slope").get(0).value())
                .isCloseTo(-Math.log(100), within(1e-12));
        assertThat(exposition.of("collapse_equiseparation_r2").get(0).value()).isCloseTo(1, within(1e-12));
    }

    @Test
    void theNewestProbeOfElasticityStaysThroughHeartbeatsAndTheEnd() {
        Run run = run("r");
        run.update(
                Records.heartbeat(1, 20, 0.75)
                        .setElasticityProbe(Records.elasticity())
                        .build(),
                START.toEpochMilli());
        run.update(Records.heartbeat(1, 30, 0.5).build(), START.toEpochMilli());
        run.update(Records.progress(1, 40, ProgressEvent.FINISHED).build(), START.toEpochMilli());
        Exposition exposition = scrape();

        assertRun(exposition, "local_elasticity_within", 1.5);
        assertRun(exposition, "local_elasticity_between", 0.1);
    }

    @Test
    void aRunThatIsNotCollapsedHasNoDepth() {
        run("r").update(ofLayer(0, 10, 0.5).build(), START.toEpochMilli());

        assertThat(scrape().samples)
                .noneMatch(sample -> sample.name().startsWith("collapse_collapse_depth")
                        || sample.name().startsWith("collapse_equiseparation"));
    }

    private static LayerResult.Builder ofLayer(int index, long step, double nc1) {
        return Records.result(1, step, nc1)
                .setLayer(Records.LAYER.toBuilder().setIndex(index).setName("l" + index));
    }

    @Test
    void metricsOfANewerVersionAreLeftOut() {
        run("r").update(Records.result(1, 1, 0.5).putMetrics("nc17", 1).build(), START.toEpochMilli());

        assertThat(scrape().samples).noneMatch(sample -> sample.name().contains("nc17"));
    }

    @Test
    void anEndedRunIsSeenForFifteenMinutesAndThenGone() {
        run("r");
        run("finished").update(Records.progress(1, 1, ProgressEvent.FINISHED).build(), START.toEpochMilli());
        run("failed").update(Records.progress(1, 1, ProgressEvent.FAILED).build(), START.toEpochMilli());
        Run diverged = run("diverged");
        diverged.update(Records.heartbeat(1, 1, Double.NaN).build(), START.toEpochMilli());
        diverged.update(Records.progress(1, 1, ProgressEvent.FAILED).build(), START.toEpochMilli());

        runs.all().forEach(any -> any.waited(Duration.ofMinutes(15).toMillis()));
        assertThat(exposedRuns()).containsExactly("diverged", "failed", "finished", "r");
        runs.all().forEach(any -> any.waited(1));
        assertThat(exposedRuns()).containsExactly("r");
        assertThat(runs.all()).as("history is still served").hasSize(4);
    }

    @Test
    void rejectedRecordsOfARunAreCountedFromZeroAndOfRunsThatAreKnownOnly() {
        Run run = run("r");
        run("other");
        run.rejected(Reason.LABEL_RANGE, 2);
        run.rejected(Reason.LATE, 1);

        assertThat(scrape().of("collapse_run_rejected_records_total"))
                .containsExactlyInAnyOrder(
                        new Sample("collapse_run_rejected_records_total", Map.of("run", "r", "experiment", "e"), 3),
                        new Sample(
                                "collapse_run_rejected_records_total", Map.of("run", "other", "experiment", "e"), 0));
        assertThat(run.rejected()).containsOnly(Map.entry(Reason.LABEL_RANGE, 2L), Map.entry(Reason.LATE, 1L));
    }

    @Test
    void namesAreDataWhateverTheyHold() {
        String name = "a\"b\\c{d=\"e\"} # HELP \\n é 🚀 <b>";
        Run run = runs.open(name);
        run.update(
                Records.descriptor(1)
                        .setExperiment("x\\")
                        .setDataset("line\nbreak\"")
                        .build(),
                START.toEpochMilli());
        run.update(
                Records.result(1, 1, 0.5)
                        .setLayer(Records.LAYER.toBuilder().setName("l/\"\\"))
                        .build(),
                START.toEpochMilli());
        Exposition exposition = scrape();

        assertThat(exposition.samples)
                .allSatisfy(sample ->
                        assertThat(sample.labels()).containsEntry("run", name).containsEntry("experiment", "x\\"));
        assertThat(exposition.of("collapse_nc1").get(0).labels()).containsEntry("layer", "l/\"\\");
        assertThat(exposition.of("collapse_run_info").get(0).labels()).containsEntry("dataset", "line\nbreak\"");
    }

    private Run run(String name) {
        Run run = runs.open(name);
        run.update(Records.descriptor(1).build(), START.toEpochMilli());
        return run;
    }

    private List<String> exposedRuns() {
        return scrape().of("collapse_run_info").stream()
                .map(sample -> sample.labels().get("run"))
                .sorted()
                .toList();
    }

    private static void assertRun(Exposition exposition, String name, double value) {
        assertThat(exposition.of("collapse_" + name))
                .containsExactly(new Sample("collapse_" + name, Map.of("run", "r", "experiment", "e"), value));
    }

    private Exposition scrape() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.getPrometheusRegistry().register(new RunCollector(runs));
        return new Exposition(registry.scrape());
    }
}
