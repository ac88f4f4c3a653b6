package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed while they train, without a chance to say goodbye, and are started again. */
class InterruptedTrainingIT {
    private static final int EPOCHS = 24;
    private static final ObjectMapper JSON = new ObjectMapper();

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

    @Test
    void killedAndResumedTrainingGivesTheSameFinalWeightsAsAnUninterruptedOne() throws Exception {
        try (CollapseProcess uninterrupted = train("uninterrupted")) {
            assertThat(uninterrupted.status()).as(uninterrupted.err()).isZero();
        }
        Path checkpoints = directory.resolve("interrupted");
        try (CollapseProcess killed = train("interrupted")) {
            await().atMost(MonitorProcess.PATIENCE)
                    .until(() -> Files.exists(checkpoints.resolve("epoch-00000003.zip")));
        }
        assertThat(checkpoints.resolve(last())).doesNotExist();
        try (CollapseProcess resumed = train("interrupted", "--resume")) {
            assertThat(resumed.status()).as(resumed.err()).isZero();
            assertThat(resumed.err()).contains("interrupted: resumes after epoch ");
        }

        for (String entry : List.of("coefficients.bin", "updaterState.bin")) {
            assertThat(entry(checkpoints.resolve(last()), entry))
                    .as(entry)
                    .isNotEmpty()
                    .isEqualTo(entry(directory.resolve("uninterrupted").resolve(last()), entry));
        }
        JsonNode run = awaitFinished("interrupted");
        assertThat(run.path("attempt").asInt()).isEqualTo(2);
        assertThat(run.path("epoch").asInt()).isEqualTo(EPOCHS);
        assertThat(run.path("step")).isEqualTo(awaitFinished("uninterrupted").path("step"));
    }

    @Test
    void aSweepOf24RunsKilledHalfwayAndStartedAgainEndsCompleteWithEveryRunInTheMonitor() throws Exception {
        Path file = Files.writeString(directory.resolve("tiny.yaml"), """
                common: {train-samples: 200, widths: [12], epochs: 3, batch-size: 20, snapshot-samples: 100}
                grid:
                  optimizer: [sgd, adamw]
                  lr: [0.01, 1e-3]
                  weight-decay: [1e-3, 0.1]
                seeds: [1, 2, 3]
                name: "{optimizer}-{lr}-{weight-decay}-{seed}"
                """);
        Path state = directory.resolve(".tiny.sweep");
        try (CollapseProcess killed = sweep(file)) {
            await().atMost(MonitorProcess.PATIENCE).until(() -> finished(state).size() >= 12);
        }
        Set<String> before = finished(state);
        assertThat(before).hasSizeBetween(12, 23);

        try (CollapseProcess again = sweep(file, "--json")) {
            assertThat(again.status()).as(again.err()).isZero();
            assertThat(again.err().lines().findFirst().orElseThrow())
                    .contains("24 runs, " + before.size() + " finished before, 2 at a time");
            before.forEach(run -> {
                assertThat(startedAgain(again, run)).as(run).isFalse();
            });
            JsonNode table = JSON.readTree(again.out());
            assertThat(table.path("finished").asInt()).isEqualTo(24);
            assertThat(table.path("runs"))
                    .hasSize(24)
                    .allMatch(run -> run.path("state").asText().equals("finished")
                            && run.path("summary").path("epochs").asInt() == 3);
            for (JsonNode run : table.path("runs")) {
                awaitFinished(run.path("run").asText());
            }
        }

        try (CollapseProcess nothingLeft = sweep(file)) {
            assertThat(nothingLeft.status()).isZero();
            assertThat(nothingLeft.err()).isEmpty();
            assertThat(nothingLeft.out().lines())
                    .hasSize(25)
                    .element(1)
                    .asString()
                    .contains("finished");
        }
    }

    private static CollapseProcess train(String run, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--run=" + run,
                "--bootstrap=" + live.bootstrap(),
                "--train-samples=1000",
                "--widths=32,16",
                "--batch-size=20",
                "--optimizer=adam",
                "--lr=1e-3",
                "--schedule=cosine",
                "--epochs=" + EPOCHS,
                "--snapshot-every=10",
                "--snapshot-samples=100",
                "--checkpoint-dir=" + directory,
                "--checkpoint-every=1"));
        arguments.addAll(List.of(more));
        return CollapseProcess.start(directory, arguments.toArray(String[]::new));
    }

    private static CollapseProcess sweep(Path file, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("sweep", file.toString(), "--bootstrap=" + live.bootstrap(), "--concurrent=2"));
        arguments.addAll(List.of(more));
        return CollapseProcess.start(directory, arguments.toArray(String[]::new));
    }

    private static String last() {
        return String.format("epoch-%08d.zip", EPOCHS);
    }

    private static byte[] entry(Path zip, String name) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            return file.getInputStream(file.getEntry(name)).readAllBytes();
        }
    }

    private static JsonNode awaitFinished(String run) {
        return await(run)
                .atMost(LiveMonitor.PATIENCE)
                .until(() -> live.run(run), node -> node.path("status").asText().equals("FINISHED"));
    }

    /** Runs whose state files say so. */
    private static Set<String> finished(Path state) throws IOException {
        Set<String> runs = new HashSet<>();
        if (!Files.isDirectory(state)) {
            return runs;
        }
        try (Stream<Path> files = Files.list(state)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".json")).toList()) {
                JsonNode record = JSON.readTree(file.toFile());
                if (record.path("state").asText().equals("FINISHED")) {
                    runs.add(record.path("run").asText());
                }
            }
        }
        return runs;
    }

    private static boolean startedAgain(CollapseProcess sweep, String run) {
        try {
            return sweep.err().contains("starts   " + run + " ") || sweep.err().contains("goes on  " + run + " ");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
