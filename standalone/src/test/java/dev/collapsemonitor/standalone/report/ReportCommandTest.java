package dev.collapsemonitor.standalone.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.standalone.CommandLineRun;
import dev.collapsemonitor.standalone.export.ExperimentFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
    private static final String STUDY = """
            experiment: decay
            report:
              title: Weight decay
              text: As arXiv:2602.16642 has it.
              sections:
                - title: NC0
                  text: |
                    SGD against AdamW.

                    Look at the end.
                  figures:
                    - {kind: curves, metric: nc0, x: epoch, caption: It falls or grows.}
                    - {kind: forecast}
                  tables:
                    - {metrics: [nc0, nc1, loss]}
                    - {metrics: [nc0], at: {loss: 0.5}}
            """;

    @TempDir
    Path directory;

    private Path input;
    private Path output;
    private Path study;

    @BeforeEach
    void makeUp() throws IOException {
        input = directory.resolve("input");
        output = directory.resolve("output");
        study = Files.writeString(directory.resolve("study.yaml"), STUDY);
        ExperimentFiles.write(decay().rows(), input);
    }

    /** SGD and AdamW with two seeds each: what NC0 does is known, NC1 is undefined for one, one run failed early. */
    private static MadeUpRuns decay() {
        MadeUpRuns runs = new MadeUpRuns("decay");
        for (String optimizer : List.of("sgd", "adamw")) {
            for (int seed = 1; seed <= 2; seed++) {
                String run = optimizer + "-" + seed + "<i>";
                boolean fails = run.startsWith("adamw-2");
                Map<String, String> settings =
                        Map.of("optimizer", optimizer, "seed", String.valueOf(seed), "lr", "0.1", "model", "mlp");
                runs.run(run, 1, settings, fails ? "failed" : "finished", fails ? "loss is <NaN>" : "");
                for (long step = 0; step <= (fails ? 500 : 1000); step += 250) {
                    double decayed = Math.pow(0.999, 2.0 * step);
                    Map<String, Double> metrics = new TreeMap<>();
                    metrics.put("nc0", optimizer.equals("sgd") ? seed * decayed : seed / decayed);
                    metrics.put("nc0_norm", 1.0);
                    metrics.put("frobenius_norm", 2.0);
                    if (!run.startsWith("sgd-2")) {
                        metrics.put("nc1", 1.0 / (step + 250));
                    }
                    runs.result(run, 1, step, metrics);
                    runs.loss(run, 1, step, fails ? 2 : Math.exp(-step / 500.0));
                }
            }
        }
        return runs;
    }

    @Test
    void theReportOfAStudyIsWhatItWasWhenSomebodyLookedAtIt() throws IOException {
        report("--study", study.toString(), "--commit", "abc123");
        try (InputStream expected = ReportCommandTest.class.getResourceAsStream("decay.md")) {
            assertThat(Files.readString(output.resolve("report.md")))
                    .isEqualTo(new String(expected.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(names(output)).containsExactly("figure-1.svg", "figure-2.svg", "report.html", "report.md");
    }

    @Test
    void theSameInputGivesTheSameBytesAndCompressedFilesToo() throws IOException {
        report();
        Map<String, String> first = contents();
        Path compressed = Files.createDirectory(directory.resolve("compressed"));
        for (String name : names(input)) {
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed.resolve(name + ".gz")))) {
                Files.copy(input.resolve(name), out);
            }
        }
        input = compressed;
        output = directory.resolve("again");
        report();
        assertThat(contents()).isEqualTo(first).hasSizeGreaterThan(8);
    }

    @Test
    void theHtmlNeedsNothingElse() throws IOException {
        report("--study", study.toString());
        String html = Files.readString(output.resolve("report.html"));
        assertThat(html)
                .doesNotContain("<script")
                .doesNotContain("<link")
                .doesNotContain("<img")
                .doesNotContain("<i>")
                .contains("loss is &lt;NaN&gt;");
        Matcher addresses = Pattern.compile("[a-z-]+=\"https?://[^\"]*\"|url\\((?!#)[^)]*\\)")
                .matcher(html);
        assertThat(addresses.results().map(found -> found.group()).distinct())
                .containsExactlyInAnyOrder(
                        "href=\"https://arxiv.org/abs/2602.16642\"", "xmlns=\"http://www.w3.org/2000/svg\"");
        assertThat(html.split("<svg")).hasSize(3);
    }

    @Test
    void withoutAStudyThereIsWhatAnyExperimentHas() throws IOException {
        report();
        String markdown = Files.readString(output.resolve("report.md"));
        assertThat(markdown)
                .contains("# Experiment decay")
                .contains("4 runs (2 settings × 2 seeds): 1 failed, 3 finished")
                .contains("## Final values")
                .contains("## Over the training")
                .contains("## NC0 against its closed form")
                .contains("## Spectra")
                .doesNotContain("## Over the depth")
                .contains("adamw-2\\<i\\> (failed: loss is \\<NaN\\>)");
    }

    @Test
    void undefinedValuesAreNoZeros() throws IOException {
        report("--study", study.toString());
        String markdown = Files.readString(output.resolve("report.md"));
        assertThat(markdown).contains("| 8e-4 (1 of 2 undefined) |");
        assertThat(markdown).contains("1 of 4 runs never reach it: adamw-2\\<i\\>.");
    }

    @Test
    void oneItemCanBeMadeAloneAndFiguresOfAnEarlierReportGo() throws IOException {
        report("--study", study.toString());
        report("--study", study.toString(), "--only", "figure-2", "--only", "table-2");
        assertThat(names(output)).containsExactly("figure-2.svg", "report.html", "report.md");
        assertThat(Files.readString(output.resolve("report.md")))
                .contains("### Figure 2:", "### Table 2:", "--only figure-2")
                .doesNotContain("### Figure 1:", "### Table 1:");
    }

    @Test
    void moreSettingsThanOnePlotShowsAreSplit() throws IOException {
        MadeUpRuns runs = new MadeUpRuns("wide");
        for (String optimizer : List.of("adam", "sgd")) {
            for (int lr = 1; lr <= 7; lr++) {
                String run = optimizer + lr;
                runs.run(run, Map.of("optimizer", optimizer, "lr", "0." + lr));
                runs.result(run, 1, 0, Map.of("nc1", 2.0)).result(run, 1, 100, Map.of("nc1", 1.0));
            }
        }
        ExperimentFiles.write(runs.rows(), input);
        Files.writeString(study, "report: [{figures: [{kind: curves, metric: nc1}]}]");
        report("--study", study.toString(), "--experiment", "wide");
        assertThat(names(output)).contains("figure-1-1.svg", "figure-1-2.svg", "figure-1-legend.svg");
        assertThat(Files.readString(output.resolve("report.md")))
                .contains("Too many settings for one plot: a panel per optimizer.");
        assertThat(Files.readString(output.resolve("figure-1-legend.svg")))
                .contains(">lr 0.1<")
                .doesNotContain("sgd");
    }

    @Test
    void whatTheExperimentLacksIsRefusedInOneLine() throws IOException {
        refused("no run has a hyper-parameter optimiser; did you mean optimizer?", "{kind: forecast, by: optimiser}");
        refused("section 1, figure 1 (forecast), where: no run has", "{kind: forecast, where: {weigth-decay: 1}}");
        refused("layer fcc has no results; did you mean fc?", "{kind: spectrum, layer: fcc}");
        refused("x or y: no run has a hyper-parameter depth", "{kind: heat-map, metric: nc1, x: lr, y: depth}");
        Files.writeString(study, STUDY);
        fails("--only figure-9: the report has no such item", "--study", study.toString(), "--only", "figure-9");
        fails("there is no run of experiment other; experiments are [decay]", "--experiment", "other");
        input = directory.resolve("nowhere");
        fails("is no directory; name one that");
        input = Files.createDirectory(directory.resolve("empty"));
        fails("holds no results (results.jsonl)");
    }

    private void refused(String message, String figure) throws IOException {
        Files.writeString(study, "experiment: decay\nreport: [{figures: [" + figure + "]}]\n");
        fails(message, "--study", study.toString());
    }

    private void fails(String message, String... options) {
        CommandLineRun run = run(options);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).startsWith("collapse: ").contains(message).hasLineCount(1);
    }

    private void report(String... options) {
        CommandLineRun run = run(options);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out().lines()).containsExactly(output + "/report.html", output + "/report.md");
    }

    private CommandLineRun run(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("report", "--input", input.toString(), "--output", output.toString()));
        arguments.addAll(List.of(options));
        return CommandLineRun.of(arguments);
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (String name : names(output)) {
            contents.put(name, Files.readString(output.resolve(name)));
        }
        return contents;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
