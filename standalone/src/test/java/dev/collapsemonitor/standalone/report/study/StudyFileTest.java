package dev.collapsemonitor.standalone.report.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.data.XAxis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyFileTest {
    @TempDir
    Path directory;

    @Test
    void aStudySaysWhatToShowInOrder() throws IOException {
        StudyFile file = read("""
                experiment: decay
                common: {epochs: 3}
                report:
                  title: Decay
                  text: All of it.
                  sections:
                    - title: First
                      text: |
                        One.

                        Two.
                      figures:
                        - {kind: curves, metric: nc0, x: decay-budget, log-y: false, by: [weight-decay],
                           where: {optimizer: [sgd, adam], lr: 0.1}, layer: all, split: test, title: T, caption: C}
                        - {kind: heat-map, metrics: [nc1, nc3], x: lr, y: weight-decay}
                      tables:
                        - {metrics: [nc1, share = nc1/nc3], at: {loss: 0.1}}
                """);
        assertThat(file.experiment()).isEqualTo("decay");
        Study study = file.study().orElseThrow();
        assertThat(study.title()).isEqualTo("Decay");
        assertThat(study.text()).isEqualTo("All of it.");
        Study.Section section = study.sections().get(0);
        assertThat(section.text()).isEqualTo("One.\n\nTwo.");
        assertThat(section.items())
                .extracting(Item::kind)
                .containsExactly(Item.Kind.CURVES, Item.Kind.HEAT_MAP, Item.Kind.TABLE);
        Item curves = section.items().get(0);
        assertThat(curves.x()).isEqualTo(XAxis.DECAY_BUDGET);
        assertThat(curves.by()).contains(List.of("weight_decay"));
        assertThat(curves.where()).isEqualTo(Map.of("optimizer", List.of("sgd", "adam"), "lr", List.of("0.1")));
        assertThat(curves.view()).isEqualTo(new View("all", "snapshot", "test"));
        assertThat(curves.logY()).contains(false);
        assertThat(curves.title() + curves.caption()).isEqualTo("TC");
        assertThat(section.items().get(1).axes()).containsExactly("lr", "weight_decay");
        assertThat(section.items().get(2).at()).isEqualTo(new Moment.AtLoss(0.1));
        assertThat(section.items().get(2).measures()).extracting(Measure::label).containsExactly("nc1", "share");
    }

    @Test
    void aFileWithoutAReportNamesTheExperimentOnlyAndSectionsMayStandAlone() throws IOException {
        assertThat(read("common: {epochs: 3}\n")).satisfies(file -> {
            assertThat(file.experiment()).isEqualTo("study");
            assertThat(file.study()).isEmpty();
        });
        assertThat(read("report: [{title: One}, {title: Two}]\n")
                        .study()
                        .orElseThrow()
                        .sections())
                .extracting(Study.Section::title)
                .containsExactly("One", "Two");
    }

    @Test
    void figuresAndTablesStandInTheOrderOfTheFile() throws IOException {
        String table = "tables: [{metric: nc1}]";
        String figure = "figures: [{kind: forecast}]";
        assertThat(kinds(table + ", " + figure)).containsExactly(Item.Kind.TABLE, Item.Kind.FORECAST);
        assertThat(kinds(figure + ", " + table)).containsExactly(Item.Kind.FORECAST, Item.Kind.TABLE);
    }

    private List<Item.Kind> kinds(String section) throws IOException {
        Study study = read("report: [{" + section + "}]").study().orElseThrow();
        return study.sections().get(0).items().stream().map(Item::kind).toList();
    }

    @Test
    void theStudiesOfThisRepositoryCanBeRead() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("../trainer/studies"))) {
            List<Path> studies =
                    files.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertThat(studies).isNotEmpty();
            for (Path file : studies) {
                assertThat(StudyFile.read(file).experiment()).isNotEmpty();
            }
        }
    }

    @Test
    void whatIsMisspeltIsRefusedInOneLineWithPlaceAndNearestName() {
        refused("report: {titel: x}", ", report has an unknown key \"titel\"; did you mean title?");
        refused(
                "report: [{figures: [{kind: curve, metric: nc1}]}]",
                ", section 1, figure 1: kind is \"curve\"; use curves, heat-map, profile, spectrum, forecast, table; did"
                        + " you mean curves?");
        refused("report: [{figures: [{metric: nc1}]}]", ", section 1, figure 1 has no kind; use one of curves,");
        refused(
                "report: [{title: a}, {figures: [{kind: spectrum, metric: nc1}]}]",
                ", section 2, figure 1 (spectrum) has an unknown key \"metric\"");
        refused(
                "report: [{tables: [{metrics: [nc1, nc5]}]}]",
                ", section 1, table 1 (table), metrics: \"nc5\" is no metric that is kept by step; did you mean nc0?");
        refused("report: [{tables: [{by: lr}]}]", ", section 1, table 1 (table) has no metric; name one");
        refused(
                "report: [{tables: [{metric: nc1, at: {loss: none}}]}]",
                ", section 1, table 1 (table), at: loss is \"none\"; give a positive number");
        refused(
                "report: [{tables: [{metric: nc1, at: start}]}]",
                ": at is \"start\"; use end, best; did you mean best?");
        refused(
                "report: [{figures: [{kind: heat-map, metric: nc1, x: lr}]}]",
                ", section 1, figure 1 (heat-map) needs two hyper-parameters, x and y");
        refused("report: [{tables: [{metric: nc1, where: sgd}]}]", ": where is \"sgd\"; write name: value");
        refused(
                "report: [{figures: [{kind: forecast, x: decay}]}]",
                "; use step, epoch, decay-budget, loss; did you mean");
        refused("report: nothing", ", report has \"nothing\" where keys should be");
    }

    private void refused(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .as(text)
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("study file " + directory.resolve("study.yaml"))
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    private StudyFile read(String text) throws IOException {
        return StudyFile.read(Files.writeString(directory.resolve("study.yaml"), text));
    }
}
