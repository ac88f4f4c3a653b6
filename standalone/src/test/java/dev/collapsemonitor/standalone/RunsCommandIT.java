package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code runs}, against a real broker and a real monitor. */
class RunsCommandIT {
    private static final MadeUpLayer LAYER = new MadeUpLayer(1);
    private static final int PARTS = 3;

    @TempDir
    static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory);
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    private record Outcome(int status, String out, String err) {}

    @Test
    void aDeletedRunIsGoneWithItsStateAndStartsAfreshWhenItIsPublishedAgain() {
        String run = "deleted run";
        String other = "kept run";
        publish(run, 1);
        publish(other, 1);
        live.send(LAYER.records(run, 1, 2, PARTS).get(0)); // a snapshot under way
        live.awaitHistory(run, "fc", 1);
        live.awaitHistory(other, "fc", 1);
        await().atMost(LiveMonitor.PATIENCE).until(() -> live.scrape().value("collapse_snapshots_open") == 1);

        Outcome deleted = runs("delete", run);
        assertThat(deleted.err).isEqualTo("waiting until the monitor has forgotten run " + run + "\n");
        assertThat(deleted.out).isEqualTo("run " + run + " is deleted\n");
        assertThat(deleted.status).isZero();
        assertThat(live.run(run).isMissingNode()).isTrue();
        assertThat(live.scrape().having(Map.of("run", run))).isEmpty();
        assertThat(live.scrape().having(Map.of("run", other))).isNotEmpty();
        assertThat(live.scrape().value("collapse_snapshots_open")).isZero();
        assertThat(live.records(Topic.DEAD_LETTERS)).isEmpty();
        assertThat(runs("list").out).contains(other).doesNotContain(run);

        live.restartMonitor();
        assertThat(live.run(run).isMissingNode()).isTrue();
        assertThat(live.run(other).isMissingNode()).isFalse();

        double duplicates = live.scrape().value("collapse_records_duplicate_total");
        publish(run, 1);
        JsonNode history = live.awaitHistory(run, "fc", 1);
        assertThat(history).hasSize(1);
        assertThat(history.get(0).path("coverage").asDouble()).isEqualTo(1);
        assertThat(live.results(run))
                .as("computed again")
                .extracting(LayerResult::getStep)
                .containsExactly(1L, 1L);
        assertThat(live.scrape().value("collapse_records_duplicate_total")).isEqualTo(duplicates);
    }

    @Test
    void aLiveRunIsDeletedByForceOnlyAndWhatItStillPublishesIsIgnored() {
        String run = "live run";
        live.send(Topic.RUNS, Keys.run(run), descriptor(run));
        live.send(Topic.PROGRESS, Keys.run(run), progress(run, ProgressEvent.HEARTBEAT));
        await().atMost(LiveMonitor.PATIENCE).until(() -> !live.run(run).isMissingNode());

        Outcome refused = runs("delete", run);
        assertThat(refused.status).isEqualTo(1);
        assertThat(refused.err)
                .isEqualTo("collapse: run " + run + " is still publishing; stop its training first, or delete it with"
                        + " --force\n");
        assertThat(live.run(run).isMissingNode()).isFalse();

        assertThat(runs("delete", run, "--force").out).isEqualTo("run " + run + " is deleted\n");
        live.send(Topic.PROGRESS, Keys.run(run), progress(run, ProgressEvent.HEARTBEAT));
        LAYER.records(run, 1, 1, PARTS).forEach(live::send);
        await().atMost(LiveMonitor.PATIENCE).until(() -> live.results(run).size() == 1);
        publish("after " + run, 1); // comes after it where both are in one task, about when it does elsewhere
        live.awaitHistory("after " + run, "fc", 1);
        assertThat(live.run(run).isMissingNode()).isTrue();

        live.send(Topic.RUNS, Keys.run(run), descriptor(run));
        await().atMost(LiveMonitor.PATIENCE).until(() -> !live.run(run).isMissingNode());
    }

    @Test
    void anUnknownRunIsOneLine() {
        live.send(Topic.RUNS, Keys.run("known"), descriptor("known"));
        Outcome outcome = runs("delete", "knwon");
        assertThat(outcome.status).isEqualTo(1);
        assertThat(outcome.out).isEmpty();
        assertThat(outcome.err)
                .isEqualTo("collapse: there is no run \"knwon\" at " + live.bootstrap() + "; did you mean known?\n");
    }

    @Test
    void withoutAMonitorTheRunIsMarkedAndTheCommandSaysSo() {
        live.send(Topic.RUNS, Keys.run("unwatched"), descriptor("unwatched"));
        Outcome outcome = runs("delete", "unwatched", "--application-id", "nobody");
        assertThat(outcome.status).isZero();
        assertThat(outcome.out)
                .isEqualTo(
                        "run unwatched is marked as deleted; no monitor of application id nobody is running: the next"
                                + " one forgets it\n");
        assertThat(runs("list").out).doesNotContain("unwatched");
    }

    @Test
    void runsWithoutACommandSaysWhatThereIs() {
        Outcome outcome = run(List.of("runs"));
        assertThat(outcome.status).isEqualTo(2);
        assertThat(outcome.err).contains("say what to do with runs: list or delete");
    }

    private static Outcome runs(String... arguments) {
        List<String> all = new ArrayList<>(List.of("runs"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--bootstrap", live.bootstrap()));
        return run(all);
    }

    private static Outcome run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Collapse.run(
                arguments.toArray(String[]::new), Map.of(), new PrintWriter(out, true), new PrintWriter(err, true));
        return new Outcome(
                status,
                out.toString().replace(System.lineSeparator(), "\n"),
                err.toString().replace(System.lineSeparator(), "\n"));
    }

    /** A run of one complete snapshot, which says nothing of its progress. */
    private static void publish(String run, int step) {
        live.send(Topic.RUNS, Keys.run(run), descriptor(run));
        LAYER.records(run, 1, step, PARTS).forEach(live::send);
    }

    private static RunDescriptor descriptor(String run) {
        return RunDescriptor.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .addLayers(MadeUpLayer.layer())
                .setHeartbeatIntervalMs(60_000)
                .build();
    }

    private static Progress progress(String run, ProgressEvent event) {
        return Progress.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setEvent(event)
                .setLoss(1)
                .build();
    }
}
