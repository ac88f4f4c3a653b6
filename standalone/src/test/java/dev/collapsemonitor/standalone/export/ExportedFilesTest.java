package dev.collapsemonitor.standalone.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportedFilesTest {
    private static final String AWKWARD = "a \"run\", with\u00e9 <b>";

    @TempDir
    Path directory;

    @Test
    void jsonLinesReadBackAsTheRowsThatWereWritten() throws IOException {
        List<ResultRow> rows = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            // Any bits: subnormal, huge, infinite or not a number.
            rows.add(row(i, Double.longBitsToDouble(random.nextLong())));
        }
        for (double value : new double[] {0.1, -0.0, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY}) {
            rows.add(row(1000, value));
        }
        StringWriter text = new StringWriter();
        JsonLines.write(rows, text);
        assertThat(text.toString().lines()).hasSize(rows.size());
        assertThat(text.toString()).isASCII();
        assertThat(JsonLines.read(write(text.toString()), ResultRow.class)).isEqualTo(rows);
    }

    @Test
    void progressReadsBackWithWhatWasNotSaid() throws IOException {
        List<ProgressRow> rows = List.of(
                ProgressRow.of(
                        Progress.newBuilder()
                                .setRun("r")
                                .setAttempt(1)
                                .setStep(5)
                                .setLoss(1 / 3.0)
                                .build(),
                        "x",
                        7),
                ProgressRow.of(
                        Progress.newBuilder()
                                .setRun("r")
                                .setAttempt(1)
                                .setAccuracy(0.5)
                                .build(),
                        "",
                        8));
        StringWriter text = new StringWriter();
        JsonLines.write(rows, text);
        assertThat(JsonLines.read(write(text.toString()), ProgressRow.class)).isEqualTo(rows);
        StringWriter csv = new StringWriter();
        CsvTable.ofProgress().write(rows, csv);
        assertThat(csv.toString().lines())
                .containsExactly(
                        "run,experiment,attempt,step,epoch,loss,accuracy,learning_rate,records_dropped,time_millis",
                        "r,x,1,5,0.0," + 1 / 3.0 + ",,,0,7",
                        "r,,1,0,0.0,,0.5,,0,8");
    }

    @Test
    void csvHasAColumnPerMetricAndNothingWhereAMetricIsUndefined() throws IOException {
        LayerResult result = result(3).toBuilder()
                .putMetrics(Metric.NC1.exportedName(), 0.1 + 0.2)
                .putUndefined(Metric.NC3.exportedName(), "the weights did not arrive")
                .putMetrics("of_a_newer_monitor", 1e-300)
                .build();
        List<ResultRow> rows = List.of(ResultRow.of(result, "x, y", 9));
        StringWriter text = new StringWriter();
        CsvTable.ofResults(rows).write(rows, text);
        List<String> lines = text.toString().lines().toList();
        assertThat(lines).hasSize(2);
        List<String> header = Arrays.asList(lines.get(0).split(",", -1));
        assertThat(header)
                .startsWith("run", "experiment", "attempt", "layer", "layer_index", "mode", "split", "step", "epoch")
                .contains("nc0", "nc1", "low_rank_bound", "weights_age_steps", "of_a_newer_monitor")
                .doesNotContain("loss", "local_elasticity_within");
        assertThat(lines.get(1)).startsWith("\"a \"\"run\"\", with\u00e9 <b>\",\"x, y\",1,fc,2,snapshot,train,3,0.5,");
        // The two quoted cells hold a comma each.
        List<String> cells = Arrays.asList(lines.get(1).split(",", -1));
        assertThat(Double.parseDouble(cells.get(header.indexOf("nc1") + 2))).isEqualTo(0.1 + 0.2);
        assertThat(cells.get(header.indexOf("nc3") + 2)).isEmpty();
        assertThat(cells.get(cells.size() - 1)).isEqualTo("1.0E-300");
    }

    @Test
    void descriptorsReadBackAndDeclareWhatForecastsNeed() throws IOException {
        RunDescriptor declared = RunDescriptor.newBuilder()
                .setRun(AWKWARD)
                .setExperiment("x")
                .setAttempt(2)
                .setDataset("strokes")
                .setClasses(3)
                .addAllClassCounts(List.of(5L, 6L, 7L))
                .setLoss(Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY).setLabelSmoothing(0.1))
                .setOptimizer(Optimizer.newBuilder()
                        .setKind(OptimizerKind.NESTEROV)
                        .setMomentum(0.9)
                        .setName("Nesterovs"))
                .setWeightDecay(WeightDecay.newBuilder()
                        .setLambda(5e-4)
                        .setCoupling(Coupling.MIXED)
                        .setCoupledShare(0.25)
                        .setBiasDecayed(true))
                .setSchedule(Schedule.newBuilder()
                        .setKind(ScheduleKind.STEP)
                        .setBase(0.1)
                        .addAllMilestones(List.of(1 / 3.0, 2 / 3.0))
                        .setFactor(0.1)
                        .setWarmupSteps(10))
                .setTotalSteps(1000)
                .setStepsPerEpoch(10)
                .setTotalEpochs(100)
                .putHyperparameters("lr", "0.1")
                .build();
        List<DescriptorRow> rows = List.of(
                DescriptorRow.of(declared, new DescriptorRow.End("failed", "disk full", 3), 9),
                DescriptorRow.undeclared("r", ""));
        StringWriter text = new StringWriter();
        JsonLines.write(rows, text);
        List<DescriptorRow> read = JsonLines.read(write(text.toString()), DescriptorRow.class);
        assertThat(read).isEqualTo(rows);
        assertThat(read.get(0).declared()).isEqualTo(declared);
        assertThat(read.get(1).declared().hasWeightDecay()).isFalse();
    }

    @Test
    void aLineThatIsNoRowIsNamed() throws IOException {
        StringWriter text = new StringWriter();
        JsonLines.write(List.of(row(1, 2)), text);
        Path file = write(text + "{\"run\": \"r\"}\n");
        assertThatThrownBy(() -> JsonLines.read(file, ResultRow.class))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith(file + ", line 2 is no row of an export (")
                .hasMessageContaining("export --format jsonl");
    }

    @Test
    void aFieldOfANewerBuildIsNoMistake() throws IOException {
        StringWriter text = new StringWriter();
        JsonLines.write(List.of(row(1, 2)), text);
        Path file = write(text.toString().replaceFirst("\\{", "{\"new\":[1],"));
        assertThat(JsonLines.read(file, ResultRow.class)).containsExactly(row(1, 2));
    }

    private static LayerResult result(long step) {
        return LayerResult.newBuilder()
                .setRun(AWKWARD)
                .setAttempt(1)
                .setLayer(Layer.newBuilder().setName("fc").setIndex(2).setClassifier(true))
                .setMode(Mode.SNAPSHOT)
                .setSplit(Split.TRAIN)
                .setStep(step)
                .setEpoch(0.5)
                .setCoverage(1)
                .setSamples(100)
                .build();
    }

    private static ResultRow row(long step, double value) {
        return ResultRow.of(
                result(step).toBuilder()
                        .setEpoch(value)
                        .putMetrics("nc1", value)
                        .putUndefined("nc3", "why \u2260")
                        .putNotes("nc1", "note")
                        .addSingularValues(value)
                        .build(),
                "experiment",
                1_700_000_000_000L + step);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("rows.jsonl"), text);
    }
}
