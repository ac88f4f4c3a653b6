package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.trainer.model.Architecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes the recorded runs on which the phases are tested, {@code monitor/src/test/resources/recorded}: real training,
 * published through Kafka, measured by the monitor. One file per run; each line is the name of a message and the message
 * in protobuf's text format: descriptor, progress and results of the classifier in their order on the topics, without
 * what the phases do not read.
 *
 * <p>Its name matches no pattern of failsafe, so that it runs when asked for alone (about 5 minutes on 2 idle cores):
 *
 * <pre>mvn -pl standalone -am verify -Dit.test=RecordRuns -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dfailsafe.failIfNoSpecifiedTests=false</pre>
 *
 * <p>{@code -Dcollapse.record=RUN,…} makes those only. The weights do not come out bit by bit the same on another machine;
 * the phases do.
 */
class RecordRuns {
    private static final Path RECORDED = Path.of("../monitor/src/test/resources/recorded");
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private static final Set<String> METRICS =
            Set.of("nc0", "nc0_norm", "nc0_relative", "nc1", "nc2_etf_means", "nc3", "error_rate", "frobenius_norm");

    private static final List<String> COMMON = List.of(
            "--experiment=recorded",
            "--dataset=digits",
            "--train-samples=1000",
            "--batch-size=50",
            "--widths=128,64",
            "--momentum=0.9",
            "--layers=" + Architecture.CLASSIFIER);

    private static final List<String> SGD = List.of("--optimizer=sgd", "--lr=0.05", "--weight-decay=2e-3");
    private static final List<String> THIRDS = List.of("--lr-milestones=0.33333333,0.66666667");

    /** A run and what it differs in from the others. */
    private record Recipe(String run, int epochs, int every, List<String> options) {
        @SafeVarargs
        static Recipe of(String run, int epochs, int every, List<String>... options) {
            List<String> all = new ArrayList<>();
            for (List<String> some : options) {
                all.addAll(some);
            }
            return new Recipe(run, epochs, every, all);
        }
    }

    private static final List<Recipe> RECIPES = List.of(
            Recipe.of("sgd", 400, 10, SGD, THIRDS),
            Recipe.of("adamw", 200, 5, List.of("--optimizer=adamw", "--lr=1e-3", "--weight-decay=0.5"), THIRDS),
            Recipe.of("no-decay", 200, 5, List.of("--optimizer=sgd", "--lr=0.05", "--weight-decay=0"), THIRDS),
            Recipe.of(
                    "adam-coupled",
                    400,
                    10,
                    List.of("--optimizer=adam", "--lr=1e-3", "--weight-decay=2e-3", "--coupling=coupled"),
                    THIRDS),
            Recipe.of("rate-drop", 200, 5, SGD, List.of("--lr-milestones=0.5", "--lr-factor=0.01")),
            Recipe.of("no-batch-norm", 200, 5, SGD, THIRDS, List.of("--batch-norm=none")),
            Recipe.of(
                    "diverged",
                    10,
                    1,
                    List.of("--optimizer=sgd", "--lr=20", "--weight-decay=5e-4", "--batch-norm=none")));

    /** Killed and resumed, so by itself. */
    private static final Recipe RESUMED = Recipe.of("resumed", 160, 5, SGD, THIRDS);

    @TempDir
    Path directory;

    @Test
    void everyRunIsRecordedWithAllItsSnapshots() throws Exception {
        Files.createDirectories(RECORDED);
        ExecutorService twoAtATime = Executors.newFixedThreadPool(2);
        try (LiveMonitor live = LiveMonitor.start(directory)) {
            List<Callable<Void>> trainings = new ArrayList<>();
            for (Recipe recipe : RECIPES) {
                trainings.add(() -> {
                    train(recipe, live);
                    record(recipe, live);
                    return null;
                });
            }
            trainings.add(() -> {
                trainInTwoAttempts(live);
                record(RESUMED, live);
                return null;
            });
            for (Future<Void> training : twoAtATime.invokeAll(wanted(trainings))) {
                training.get();
            }
        } finally {
            twoAtATime.shutdownNow();
        }
    }

    private static List<Callable<Void>> wanted(List<Callable<Void>> trainings) {
        String only = System.getProperty("collapse.record", "");
        if (only.isEmpty()) {
            return trainings;
        }
        List<String> names = List.of(only.split(","));
        List<Callable<Void>> wanted = new ArrayList<>();
        for (int i = 0; i < trainings.size(); i++) {
            if (names.contains((i < RECIPES.size() ? RECIPES.get(i) : RESUMED).run())) {
                wanted.add(trainings.get(i));
            }
        }
        return wanted;
    }

    private static List<String> arguments(Recipe recipe, LiveMonitor live) {
        List<String> arguments = new ArrayList<>(List.of("train", "--run=" + recipe.run()));
        arguments.addAll(COMMON);
        arguments.addAll(recipe.options());
        arguments.addAll(List.of(
                "--bootstrap=" + live.bootstrap(),
                "--data-dir=" + data(),
                "--epochs=" + recipe.epochs(),
                "--snapshot-every=" + recipe.every()));
        return arguments;
    }

    private static Path data() {
        return List.of("../shared", "../../shared", "../../../shared").stream()
                .map(place -> Path.of(place, "data", "digits"))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no shared/data/digits beside the checkout"));
    }

    private static void train(Recipe recipe, LiveMonitor live) {
        StringWriter err = new StringWriter();
        int status = Collapse.run(
                arguments(recipe, live).toArray(String[]::new),
                Map.of(),
                new PrintWriter(new StringWriter()),
                new PrintWriter(err));
        assertThat(status).as(err.toString()).isZero();
    }

    private void trainInTwoAttempts(LiveMonitor live) throws Exception {
        List<String> arguments = arguments(RESUMED, live);
        Path checkpoints = directory.resolve("checkpoints");
        arguments.addAll(List.of("--checkpoint-dir=" + checkpoints, "--checkpoint-every=10"));
        try (CollapseProcess killed = CollapseProcess.start(directory, arguments.toArray(String[]::new))) {
            await().atMost(PATIENCE)
                    .failFast("it has ended", () -> !killed.isAlive())
                    .until(() -> Files.exists(checkpoints.resolve("resumed/epoch-00000080.zip")));
        }
        arguments.add("--resume");
        try (CollapseProcess resumed = CollapseProcess.start(directory, arguments.toArray(String[]::new))) {
            await().atMost(PATIENCE).until(() -> !resumed.isAlive());
            assertThat(resumed.status()).as(resumed.err()).isZero();
        }
    }

    private static void record(Recipe recipe, LiveMonitor live) throws IOException {
        List<Message> messages = await(recipe.run())
                .atMost(PATIENCE)
                .until(() -> messages(recipe.run(), live), some -> isComplete(recipe, some));
        List<String> lines = messages.stream()
                .map(message -> message.getDescriptorForType().getName() + " "
                        + TextFormat.printer().emittingSingleLine(true).printToString(message))
                .toList();
        Files.write(RECORDED.resolve(recipe.run() + ".txt"), lines);
    }

    private static boolean isComplete(Recipe recipe, List<Message> messages) {
        return messages.stream()
                        .filter(message -> message instanceof LayerResult)
                        .map(message -> ((LayerResult) message).getStep())
                        .distinct()
                        .count()
                == recipe.epochs() / recipe.every() + 1;
    }

    /** Descriptors, then progress and results as they came. */
    private static List<Message> messages(String run, LiveMonitor live) throws InvalidProtocolBufferException {
        List<Message> messages = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.RUNS)) {
            RunDescriptor descriptor = RunDescriptor.parseFrom(record.value());
            if (descriptor.getRun().equals(run)) {
                messages.add(descriptor.toBuilder().clearHyperparameters().build());
            }
        }
        for (ConsumerRecord<byte[], byte[]> record : live.records(Topic.PROGRESS)) {
            Progress progress = Progress.parseFrom(record.value());
            if (progress.getRun().equals(run)
                    && (progress.hasLoss() || progress.getEvent() != ProgressEvent.HEARTBEAT)) {
                messages.add(progress);
            }
        }
        for (LayerResult result : live.results(run)) {
            LayerResult.Builder small = result.toBuilder()
                    .clearUndefined()
                    .clearNotes()
                    .clearSingularValues()
                    .clearSnrSingularValues()
                    .clearMetrics();
            result.getMetricsMap().forEach((name, value) -> {
                if (METRICS.contains(name)) {
                    small.putMetrics(name, value);
                }
            });
            messages.add(small.build());
        }
        return messages;
    }
}
