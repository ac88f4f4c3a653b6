package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trainer that crashes, one that hangs and one that ends: each status comes once on /metrics, and stays. */
class RunStatusIT {
    private static final String STATUS = "collapse_run_status";
    private static final long PROMISED_MILLIS = 2_000;

    @Test
    void eachStatusComesOnceAndSurvivesARestart(@TempDir Path directory) {
        Map<String, List<String>> seen = new TreeMap<>();
        try (LiveMonitor live = LiveMonitor.start(directory)) {
            for (String run : List.of("crashes", "hangs", "ends")) {
                begin(live, run);
            }
            await().atMost(LiveMonitor.PATIENCE).until(() -> {
                look(live, seen);
                return seen.size() == 3;
            });
            live.send(Topic.PROGRESS, Keys.run("crashes"), progress("crashes", ProgressEvent.FAILED));
            live.send(Topic.PROGRESS, Keys.run("ends"), progress("ends", ProgressEvent.FINISHED));
            await().atMost(LiveMonitor.PATIENCE).until(() -> {
                look(live, seen);
                return seen.values().stream().allMatch(states -> states.size() == 2);
            });

            live.restartMonitor();
            begin(live, "hangs later");
            // It becomes silent only when more time has passed than any of the others was promised.
            await().atMost(LiveMonitor.PATIENCE).until(() -> {
                look(live, seen);
                return seen.getOrDefault("hangs later", List.of()).contains("SILENT");
            });
        }
        assertThat(seen)
                .containsEntry("crashes", List.of("RUNNING", "FAILED"))
                .containsEntry("hangs", List.of("RUNNING", "SILENT"))
                .containsEntry("ends", List.of("RUNNING", "FINISHED"))
                .containsEntry("hangs later", List.of("RUNNING", "SILENT"));
    }

    private static void begin(LiveMonitor live, String run) {
        live.send(
                Topic.RUNS,
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setAttempt(1)
                        .setHeartbeatIntervalMs(PROMISED_MILLIS)
                        .build());
        live.send(Topic.PROGRESS, Keys.run(run), progress(run, ProgressEvent.STARTED));
    }

    private static Progress progress(String run, ProgressEvent event) {
        return Progress.newBuilder()
                .setRun(run)
                .setAttempt(1)
                .setEvent(event)
                .setLoss(1)
                .build();
    }

    /** Notes the statuses that a scrape shows and the last one did not. */
    private static void look(LiveMonitor live, Map<String, List<String>> seen) {
        for (Exposition.Series series : live.scrape().series()) {
            if (series.name().equals(STATUS) && series.value() == 1) {
                List<String> states = seen.computeIfAbsent(series.labels().get("run"), run -> new ArrayList<>());
                String state = series.labels().get(STATUS);
                if (states.isEmpty() || !states.get(states.size() - 1).equals(state)) {
                    states.add(state);
                }
            }
        }
    }
}
