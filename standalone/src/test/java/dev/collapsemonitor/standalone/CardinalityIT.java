package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.exposition.RunCollector;
import dev.collapsemonitor.monitor.ingest.IngestLimits;
import dev.collapsemonitor.monitor.run.RunLimits;
import dev.collapsemonitor.monitor.topology.MonitorConfig;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Reason;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.standalone.dashboards.Binaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten thousand made-up runs, names of 10 kB, names with everything that has a meaning in some format: what is over the
 * limits is a counted dead letter, the runs that were there do not notice, and whatever reads /metrics can.
 */
class CardinalityIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final String GOOD = "good run";
    private static final int MAX_RUNS = 40;
    private static final int MAX_LAYERS = 3;
    private static final int MADE_UP = 10_000;
    private static final int LONG_NAMES = 50;

    /** Names are data: none of these is markup, a path, an escape or the end of a label to anybody. */
    private static final List<String> ODD = List.of(
            "say \"hi\"",
            "back\\slash\\n",
            "{run=\"x\"} 1",
            "# HELP run",
            "a,b=c",
            "'; drop table runs; --",
            "<b onclick=1>bold",
            "$run ${run:regex} %2F ..",
            ".*|good run",
            "🚀 läuft 走");

    @TempDir
    static Path directory;

    private static LiveMonitor live;
    private static JsonNode before;

    @BeforeAll
    static void attack() {
        live = LiveMonitor.start(
                directory,
                new MonitorConfig.Limits(
                        IngestLimits.DEFAULT,
                        new RunLimits(MAX_RUNS, MAX_LAYERS, RunLimits.DEFAULT.maxHistoryBytes()),
                        RunCollector.KEPT_AFTER_END));
        live.send(descriptor(GOOD));
        LAYER.records(GOOD, 1, 1, 3).forEach(live::send);
        before = live.awaitHistory(GOOD, "fc", 1).get(0);
        for (String odd : ODD) {
            LAYER.records(odd, 1, 1, 3).forEach(live::send);
        }
        ODD.forEach(odd -> live.awaitHistory(odd, "fc", 1));

        List<ProducerRecord<byte[], byte[]>> flood = new ArrayList<>();
        for (int i = 0; i < MADE_UP; i++) {
            flood.add(descriptor("made up " + i));
        }
        for (int i = 0; i < LONG_NAMES; i++) {
            flood.add(ofLayer("long names", i + "l".repeat(10_000)));
            flood.add(ofLayer("control characters", "l" + (char) (i % 32) + i));
        }
        // In a run that is known, more layers than a run may have.
        for (int i = 0; i < 10; i++) {
            flood.add(ofLayer(GOOD, "layer " + i));
        }
        live.sendAll(flood);
        await().atMost(LiveMonitor.PATIENCE.multipliedBy(2)).untilAsserted(() -> {
            assertThat(rejected(Reason.TOO_MANY_RUNS)).isEqualTo(MADE_UP - (MAX_RUNS - 1 - ODD.size()));
            assertThat(rejected(Reason.INVALID_NAME)).isEqualTo(2 * LONG_NAMES);
            assertThat(rejected(Reason.LIMIT)).isEqualTo(10 - (MAX_LAYERS - 1));
        });
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @Test
    void theRunsAreCapped() {
        assertThat(live.runs()).hasSize(MAX_RUNS);
        assertThat(live.scrape().value("collapse_runs")).isEqualTo(MAX_RUNS);
        assertThat(live.scrape().value("collapse_runs_limit")).isEqualTo(MAX_RUNS);
        assertThat(live.scrape().value("collapse_runs_evicted_total")).isZero();
        assertThat(live.scrape().series().stream()
                        .filter(series -> series.labels().containsKey("run"))
                        .map(series -> series.labels().get("run"))
                        .collect(Collectors.toSet()))
                .hasSize(MAX_RUNS);
        assertThat(live.run(GOOD).path("layers")).hasSize(MAX_LAYERS);
    }

    @Test
    void theExpositionHoldsTheOddNamesAsTheyAre() {
        Set<String> runs = live.scrape().series().stream()
                .filter(series -> series.name().equals("collapse_nc1"))
                .map(series -> series.labels().get("run"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(runs).containsAll(ODD).contains(GOOD).hasSize(ODD.size() + 1);
    }

    @Test
    void promtoolReadsTheExposition() throws IOException, InterruptedException {
        Path promtool = Binaries.require("promtool");
        Path scrape = Files.writeString(directory.resolve("metrics.txt"), live.scrapeText());
        Process process = new ProcessBuilder(promtool.toString(), "check", "metrics")
                .redirectInput(scrape.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void otherRunsAreUnaffected() {
        assertThat(live.run(GOOD).path("status").asText()).isEqualTo("RUNNING");
        LAYER.records(GOOD, 1, 2, 3).forEach(live::send);
        JsonNode after = live.awaitHistory(GOOD, "fc", 2).get(1);
        assertThat(after.path("coverage").asDouble()).isEqualTo(1);
        MetricsAgreement.assertAgree("step 2", LiveMonitor.metrics(after), LiveMonitor.metrics(before), 1e-9);
        assertThat(live.ready()).isTrue();
    }

    @Test
    void theRejectedRecordsOfAKnownRunAreItsOwnAndPoisonMakesNoSeries() {
        await().atMost(LiveMonitor.PATIENCE)
                .untilAsserted(() -> assertThat(live.scrape()
                                .value("collapse_run_rejected_records_total", Map.of("run", GOOD, "experiment", "odd")))
                        .isEqualTo(10 - (MAX_LAYERS - 1)));
        assertThat(live.run(GOOD).path("rejected_records").path("limit").asInt())
                .isEqualTo(10 - (MAX_LAYERS - 1));
        assertThat(live.scrape().having(Map.of("run", "long names"))).isEmpty();
        assertThat(live.scrape().having(Map.of("run", "control characters"))).isEmpty();
    }

    private static double rejected(Reason reason) {
        return live.scrape().value("collapse_records_rejected_total", Map.of("reason", reason.label()));
    }

    private static ProducerRecord<byte[], byte[]> descriptor(String run) {
        return new ProducerRecord<>(
                Topic.RUNS.topicName(),
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setExperiment("odd")
                        .setAttempt(1)
                        .build()
                        .toByteArray());
    }

    /** A whole snapshot of a layer, in one part. */
    private static ProducerRecord<byte[], byte[]> ofLayer(String run, String layer) {
        Layer named = MadeUpLayer.layer().toBuilder().setName(layer).build();
        FeatureBatch batch = LAYER.features(run, 1, 1, 1).get(0).toBuilder()
                .setLayer(named)
                .setWeightsFollow(false)
                .build();
        return new ProducerRecord<>(
                Topic.FEATURES.topicName(), (run + "/" + layer).getBytes(StandardCharsets.UTF_8), batch.toByteArray());
    }
}
