package dev.collapsemonitor.standalone.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.protocol.Keys;
import dev.collapsemonitor.protocol.Topic;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.ProgressEvent;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.standalone.CommandLineRun;
import dev.collapsemonitor.standalone.LiveMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} on a real broker: results of a real monitor, and results as several monitors might leave them. */
class ExportIT {
    @TempDir
    static Path directory;

    private static LiveMonitor live;
    private static int partitions;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory);
        partitions = live.partitions();
        descriptor("first", "study");
        descriptor("second", "study");
        descriptor("third", "other");
        for (String run : List.of("first", "second", "third")) {
            for (int step = 3; step >= 1; step--) {
                publish(result(run, 1, step).setCoverage(1).putMetrics("nc1", step / 3.0));
            }
        }
        // Another attempt, a rolling value, another layer.
        publish(result("first", 2, 2).setCoverage(1).putMetrics("nc1", 7));
        publish(result("first", 1, 2).setCoverage(1).setMode(Mode.ROLLING).putMetrics("nc1", 8));
        publish(result("first", 1, 2).setCoverage(1).setSplit(Split.TEST).putMetrics("nc1", 9));
        publish(result("first", 1, 2).setCoverage(1).setLayer(layer("conv", 0)).putMetrics("nc1", 10));
        for (int step = 1; step <= 2; step++) {
            live.send(
                    Topic.PROGRESS,
                    Keys.run("first"),
                    Progress.newBuilder()
                            .setRun("first")
                            .setAttempt(1)
                            .setEvent(ProgressEvent.HEARTBEAT)
                            .setStep(step)
                            .setLoss(1.0 / step)
                            .build());
        }
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    @Test
    void whatTheMonitorComputedIsExportedToTheLastBit() {
        live.publishMadeUp("real", 1, 1);
        live.publishMadeUp("real", 1, 2);
        JsonNode history = live.awaitHistory("real", "fc", 2);
        List<ResultRow> rows = rows("--run", "real");
        assertThat(rows).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(rows.get(i).step()).isEqualTo(i + 1);
            assertThat(rows.get(i).metrics())
                    .isEqualTo(LiveMonitor.metrics(history.get(i)))
                    .containsKeys("nc0", "nc1", "nc3");
            assertThat(rows.get(i).undefined()).containsKey("mse_loss_nc1");
            assertThat(rows.get(i).singularValues()).hasSize(4);
        }
    }

    @Test
    void ofOneIdentityTheHigherCoverageHoldsAndOfEqualsTheLater() {
        publish(result("upserts", 1, 1).setCoverage(0.5).putMetrics("nc1", 1));
        publish(result("upserts", 1, 1).setCoverage(1).putMetrics("nc1", 2));
        publish(result("upserts", 1, 1).setCoverage(0.75).putMetrics("nc1", 3));
        publish(result("upserts", 1, 2).setCoverage(1).putMetrics("nc1", 4));
        publish(result("upserts", 1, 2).setCoverage(1).putMetrics("nc1", 5));
        assertThat(rows("--run", "upserts"))
                .extracting(row -> row.metrics().get("nc1"))
                .containsExactly(2.0, 5.0);
    }

    @Test
    void everySelectionLeavesOutTheOthersAndRowsAreInOrder() {
        assertThat(keys("--run", "second")).containsExactly("second fc 1/1", "second fc 1/2", "second fc 1/3");
        assertThat(keys("--experiment", "other")).containsExactly("third fc 1/1", "third fc 1/2", "third fc 1/3");
        assertThat(keys("--experiment", "study", "--mode", "snapshot", "--split", "train"))
                .containsExactly(
                        "first conv 1/2",
                        "first fc 1/1",
                        "first fc 1/2",
                        "first fc 1/3",
                        "first fc 2/2",
                        "second fc 1/1",
                        "second fc 1/2",
                        "second fc 1/3");
        assertThat(keys("--run", "first", "--layer", "conv")).containsExactly("first conv 1/2");
        assertThat(keys("--run", "first", "--attempt", "newest")).containsExactly("first fc 2/2");
        assertThat(rows("--run", "first", "--mode", "rolling"))
                .singleElement()
                .satisfies(row -> assertThat(row.metrics()).containsEntry("nc1", 8.0));
        assertThat(rows("--run", "first", "--split", "test", "--attempt", "1"))
                .singleElement()
                .satisfies(row -> assertThat(row.metrics()).containsEntry("nc1", 9.0));
    }

    @Test
    void csvGoesToAFileNamedSoAndJsonToStandardOutput() throws Exception {
        Path file = directory.resolve("results.csv");
        CommandLineRun export = export("--run", "second", "--output", file.toString());
        assertThat(export.out()).isEmpty();
        assertThat(Files.readAllLines(file)).hasSize(4).element(3).asString().startsWith("second,study,1,fc,");
        assertThat(export("--run", "second").out()).startsWith("{\"run\":\"second\",");
        assertThat(export("--run", "second", "--format", "csv").out()).startsWith("run,experiment,");
    }

    @Test
    void progressIsOneRowPerStep() {
        assertThat(export("--progress", "--run", "first", "--format", "csv")
                        .out()
                        .lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("first,study,1,2,0.0,0.5,,,0,"));
    }

    @Test
    void aDeletedRunIsGoneUntilItIsPublishedAgain() {
        descriptor("deleted", "study");
        publish(result("deleted", 1, 1).setCoverage(1).putMetrics("nc1", 1));
        live.send(new ProducerRecord<>(Topic.RUNS.topicName(), Keys.run("deleted"), null));
        assertThat(CommandLineRun.of(arguments("--run", "deleted")).status()).isEqualTo(1);
        descriptor("deleted", "study");
        publish(result("deleted", 1, 9).setCoverage(1).putMetrics("nc1", 1));
        assertThat(keys("--run", "deleted")).containsExactly("deleted fc 1/9");
    }

    @Test
    void whatIsNotThereIsOneLine() {
        refused("run sceond has no results on collapse.metrics at ", "--run", "sceond");
        refused("no run of experiment nothing has results on collapse.metrics", "--experiment", "nothing");
        refused("run third belongs to experiment other, not study", "--run", "third", "--experiment", "study");
        refused("layers are conv, fc", "--run", "first", "--layer", "fc2");
        refused("--mode fast is unknown; use snapshot or rolling", "--mode", "fast");
        refused("--attempt 0 is no attempt", "--attempt", "0");
        refused(
                "there is no such directory",
                "--output",
                directory.resolve("no/such/file").toString());
        refused("--progress is about whole runs", "--progress", "--layer", "fc");
        refused("--progress and --descriptors are two exports", "--progress", "--descriptors");
        refused("--descriptors are of the newest attempts", "--descriptors", "--format", "csv");
        refused("--all takes all there is", "--all", directory.toString(), "--layer", "fc");
    }

    @Test
    void aReportFromFilesIsThatFromTheTopics() throws IOException {
        declareForReport("report-a", OptimizerKind.SGD);
        declareForReport("report-b", OptimizerKind.ADAM);
        for (String run : List.of("report-a", "report-b")) {
            // Resumed after step 2.
            for (int step = 1; step <= 4; step++) {
                int attempt = step <= 2 ? 1 : 2;
                publish(result(run, attempt, step)
                        .setLayer(layer("fc", 1).toBuilder().setClassifier(true))
                        .setCoverage(1)
                        .putMetrics("nc0", 1.0 / step)
                        .putMetrics("nc1", 2.0 / step)
                        .addAllSingularValues(List.of(3.0, 1.0)));
                progress(run, attempt, ProgressEvent.HEARTBEAT, step);
            }
        }
        progress("report-a", 2, ProgressEvent.FINISHED, 4);
        progress("report-b", 2, ProgressEvent.FAILED, 4);
        Path files = directory.resolve("files");
        export("--experiment", "reported", "--all", files.toString());
        assertThat(files).isDirectoryContaining("glob:**results.jsonl");
        List<DescriptorRow> descriptors = JsonLines.read(files.resolve("descriptors.jsonl"), DescriptorRow.class);
        assertThat(descriptors).extracting(DescriptorRow::run).containsExactly("report-a", "report-b");
        assertThat(descriptors).extracting(DescriptorRow::status).containsExactly("finished", "failed");
        assertThat(descriptors).extracting(DescriptorRow::reason).containsExactly("", "disk full");
        assertThat(descriptors).extracting(DescriptorRow::recordsDropped).containsExactly(7L, 7L);

        Path fromTopics = directory.resolve("from-topics");
        Path fromFiles = directory.resolve("from-files");
        report("--bootstrap", live.bootstrap(), "--experiment", "reported", "--output", fromTopics.toString());
        report("--input", files.toString(), "--output", fromFiles.toString());
        assertThat(contents(fromFiles)).isEqualTo(contents(fromTopics)).containsKeys("report.md", "figure-1-1.svg");
        assertThat(contents(fromTopics).get("report.md"))
                .contains("1 failed, 1 finished", "2 runs took more than one attempt", "8 of 2 runs");
    }

    private static void declareForReport(String run, OptimizerKind optimizer) {
        live.send(
                Topic.RUNS,
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setExperiment("reported")
                        .setAttempt(2)
                        .setOptimizer(Optimizer.newBuilder().setKind(optimizer))
                        .build());
    }

    private static void progress(String run, int attempt, ProgressEvent event, int step) {
        live.send(
                Topic.PROGRESS,
                Keys.run(run),
                Progress.newBuilder()
                        .setRun(run)
                        .setAttempt(attempt)
                        .setEvent(event)
                        .setStep(step)
                        .setLoss(1.0 / step)
                        .setReason(event == ProgressEvent.FAILED ? "disk full" : "")
                        .setBatchesDropped(event == ProgressEvent.HEARTBEAT ? 0 : 7)
                        .build());
    }

    private static void report(String... options) {
        List<String> arguments = new ArrayList<>(List.of("report"));
        arguments.addAll(List.of(options));
        CommandLineRun report = CommandLineRun.of(arguments);
        assertThat(report.err()).isEmpty();
        assertThat(report.status()).isZero();
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private static void refused(String message, String... options) {
        CommandLineRun export = CommandLineRun.of(arguments(options));
        assertThat(export.status()).isEqualTo(1);
        assertThat(export.out()).isEmpty();
        assertThat(export.err()).startsWith("collapse: ").contains(message).hasLineCount(1);
    }

    private static CommandLineRun export(String... options) {
        CommandLineRun export = CommandLineRun.of(arguments(options));
        assertThat(export.err()).isEmpty();
        assertThat(export.status()).isZero();
        return export;
    }

    private static List<String> arguments(String... options) {
        List<String> arguments = new ArrayList<>(List.of("export", "--bootstrap", live.bootstrap()));
        arguments.addAll(List.of(options));
        return arguments;
    }

    /** Written to a file and read back. */
    private static List<ResultRow> rows(String... options) {
        Path file = directory.resolve("rows.jsonl");
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--output", file.toString()));
        export(all.toArray(String[]::new));
        return JsonLines.read(file, ResultRow.class);
    }

    private static List<String> keys(String... options) {
        return rows(options).stream()
                .map(row -> row.run() + " " + row.layer() + " " + row.attempt() + "/" + row.step())
                .collect(Collectors.toList());
    }

    private static void descriptor(String run, String experiment) {
        live.send(
                Topic.RUNS,
                Keys.run(run),
                RunDescriptor.newBuilder()
                        .setRun(run)
                        .setExperiment(experiment)
                        .setAttempt(1)
                        .build());
    }

    private static Layer layer(String name, int index) {
        return Layer.newBuilder().setName(name).setIndex(index).setFeatureDim(2).build();
    }

    private static LayerResult.Builder result(String run, int attempt, long step) {
        return LayerResult.newBuilder()
                .setRun(run)
                .setAttempt(attempt)
                .setLayer(layer("fc", 1))
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setStep(step);
    }

    /** Where a monitor puts it: with its run. */
    private static void publish(LayerResult.Builder result) {
        int partition = Utils.toPositive(Utils.murmur2(Keys.run(result.getRun()))) % partitions;
        live.send(new ProducerRecord<>(
                Topic.METRICS.topicName(),
                partition,
                Keys.layer(result.getRun(), result.getLayer().getName()),
                result.build().toByteArray()));
    }
}
