package dev.collapsemonitor.trainer.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepPlanTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("decay.yaml");
    }

    @Test
    void shouldMakeAllCombinationsOfListGridAndSeeds() throws IOException {
        SweepPlan plan = plan("""
                common: {epochs: 3, momentum: 0.5}
                list:
                  - {optimizer: sgd, lr: 0.05}
                  - {optimizer: adamw, lr: 1e-3, momentum: 0.9}
                grid:
                  weight-decay: [1e-3, 0.1]
                  widths: [[16, 8], 12]
                seeds: [1, 2, 3]
                concurrent: 4
                name: "{optimizer}-{weight-decay}-{widths}-s{seed}"
                """);
        assertThat(plan.runs()).hasSize(2 * 2 * 2 * 3);
        assertThat(plan.concurrent()).hasValue(4);
        assertThat(plan.experiment()).isEqualTo("decay");
        assertThat(plan.runs().get(0).name()).isEqualTo("sgd-1e-3-16,8-s1");
        SweepRun last = plan.runs().get(23);
        assertThat(last.name()).isEqualTo("adamw-0.1-12-s3");
        assertThat(last.varied())
                .containsExactly(
                        Map.entry("optimizer", "adamw"),
                        Map.entry("lr", "1e-3"),
                        Map.entry("momentum", "0.9"),
                        Map.entry("weight-decay", "0.1"),
                        Map.entry("widths", "12"),
                        Map.entry("seed", "3"));
        assertThat(last.settings())
                .containsEntry("momentum", "0.9")
                .containsEntry("epochs", "3")
                .containsEntry("lr", "0.001")
                .containsEntry("loss", "ce");
        assertThat(last.arguments()).contains("--experiment=decay", "--momentum=0.9", "--widths=12");
    }

    @Test
    void shouldLetSetWinOverWhatIsCommon() throws IOException {
        Files.writeString(file, "common: {dataset: strokes, epochs: 3}\nlist: [{lr: 0.1}, {lr: 0.2}]\nseeds: [1, 2]\n");
        assertThat(SweepPlan.read(file, Map.of("epochs", "7", "batch-size", "16"))
                        .runs())
                .hasSize(4)
                .allSatisfy(run -> assertThat(run.settings())
                        .containsEntry("epochs", "7")
                        .containsEntry("batch-size", "16")
                        .containsEntry("dataset", "strokes"));
        for (String varied : new String[] {"lr", "seed"}) {
            assertThatThrownBy(() -> SweepPlan.read(file, Map.of(varied, "9")))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("varies \"" + varied + "\", so --set cannot give it one value");
        }
        assertThatThrownBy(() -> SweepPlan.read(file, Map.of("epoch", "9")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--set sets \"epoch\", which is no option of train");
    }

    @Test
    void shouldReadEveryStudy() throws IOException {
        Map<String, String> data = Map.of("data-dir", "."); // nothing is read of it yet
        try (Stream<Path> files = Files.walk(Path.of("studies"))) {
            List<Path> studies = files.filter(Files::isRegularFile).toList();
            assertThat(studies).hasSizeGreaterThan(10);
            for (Path study : studies) {
                assertThat(SweepPlan.read(study, data).runs())
                        .as(study.toString())
                        .hasSizeGreaterThan(10);
            }
        }
        assertThat(SweepPlan.read(Path.of("studies/optimizers.yaml"), Map.of()).runs())
                .hasSizeGreaterThan(100);
    }

    @Test
    void shouldNameRunsAfterWhatVariesUnlessTold() throws IOException {
        assertThat(plan("experiment: e1\ngrid: {bias: [true, false], dataset: [\"csv:a/b.csv\"]}\n"
                                .replace("csv:a/b.csv", "strokes"))
                        .runs())
                .extracting(SweepRun::name)
                .containsExactly("e1-bias=true-dataset=strokes", "e1-bias=false-dataset=strokes");
        assertThat(plan("common: {epochs: 1}\n").runs()).singleElement().satisfies(run -> {
            assertThat(run.name()).isEqualTo("decay");
            assertThat(run.varied()).isEmpty();
        });
    }

    @Test
    void shouldLeaveWhatTheReportShowsToTheReport() throws IOException {
        String runs = "common: {lr: 0.1}\ngrid: {optimizer: [sgd, adam]}\n";
        assertThat(plan(runs + "report: [{title: NC0, figures: [{kind: curves, metric: nc0}]}]\n")
                        .runs())
                .isEqualTo(plan(runs).runs());
    }

    @Test
    void shouldTakeSettingsOfTheKafkaClientsAsKeysWithValues() throws IOException {
        SweepPlan plan = plan("common: {producer: {compression.type: zstd, linger.ms: 20}}\n");
        assertThat(plan.producer()).containsEntry("compression.type", "zstd").containsEntry("linger.ms", "20");
    }

    @Test
    void shouldTakeEqualSettingsWrittenOtherwiseForTheSame() throws IOException {
        assertThat(plan("common: {lr: 1e-3, momentum: 0.9}\n").runs().get(0).settings())
                .isEqualTo(plan("common: {lr: 0.0010}\n").runs().get(0).settings());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "grid: {lrr: [1]}                        | grid sets \"lrr\", which is no option of train; did you mean lr?",
                "comon: {lr: 1}                          | has a key \"comon\" that no sweep has",
                "lr: 1                                   | options of train belong below common",
                "common: {run: x}                        | sets \"run\", which the sweep sets itself",
                "common: {resume: true}                  | sets \"resume\", which the sweep sets itself",
                "grid: {lr: [0.1, 0.2], momentum: [2]}   | run decay-lr=0.1-momentum=2: momentum 2.0 of sgd is not in",
                "grid: {lr: [0.1, fast]}                 | run decay-lr=fast: Invalid value for option '--lr'",
                "grid: {lr: [0.1, 0.1]}                  | gives two runs the name decay-lr=0.1",
                "grid: {lr: []}                          | grid gives \"lr\" no value",
                "seeds: []                               | seeds is empty",
                "seeds: [1, x]                           | run decay-seed=x: Invalid value for option '--seed'",
                "concurrent: 0                           | concurrent 0 is no number of runs",
                "list: {lr: 1}                           | list is no list",
                "list: [3]                               | list has \"3\" where settings should be",
                "name: '{lr}'                            | name has {lr}, but not every run sets that",
                "name: 'a/b'                             | holds a \"/\"",
            })
    void shouldSayInOneLineWhatIsWrongBeforeAnythingStarts(String text, String message) {
        assertThatThrownBy(() -> plan(text))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("sweep file " + file)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void shouldRefuseAKeyThatVariesInTwoPlaces() {
        assertThatThrownBy(() -> plan("grid: {seed: [1]}\nseeds: [1]\n")).hasMessageContaining("varies \"seed\" twice");
        assertThatThrownBy(() -> plan("grid: {lr: [1]}\nlist: [{lr: 1}]\n"))
                .hasMessageContaining("varies \"lr\" twice");
    }

    private SweepPlan plan(String text) throws IOException {
        Files.writeString(file, text);
        return SweepPlan.read(file, Map.of());
    }
}
