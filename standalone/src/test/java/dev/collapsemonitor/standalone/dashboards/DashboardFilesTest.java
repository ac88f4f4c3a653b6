package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be said of the dashboards and rules from their text alone. */
class DashboardFilesTest {
    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelSaysWhatItShowsAndInWhichUnit(Path file) {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode panel : DashboardCheck.panels(Repository.json(file))) {
            String title = panel.path("title").asText();
            softly.assertThat(title).as("title of panel %s", panel.path("id")).isNotBlank();
            softly.assertThat(panel.path("description").asText())
                    .as("description of %s: what it means and what value is good", title)
                    .containsIgnoringCase("good");
            softly.assertThat(panel.at("/fieldConfig/defaults/unit").asText())
                    .as("unit of %s", title)
                    .isNotBlank();
            softly.assertThat(DashboardCheck.datasource(panel.path("datasource")))
                    .as("data source of %s", title)
                    .isEqualTo("${datasource}");
            for (JsonNode target : panel.path("targets")) {
                softly.assertThat(DashboardCheck.datasource(target.path("datasource")))
                        .as("data source of a query of %s", title)
                        .isEqualTo("${datasource}");
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void panelsHaveDistinctIdsAndDoNotOverlap(Path file) {
        List<JsonNode> panels = DashboardCheck.panels(Repository.json(file));
        assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
        for (JsonNode one : panels) {
            for (JsonNode other : panels) {
                assertThat(one != other && overlap(one.path("gridPos"), other.path("gridPos")))
                        .as("%s overlaps %s", one.path("title"), other.path("title"))
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void aDashboardOpensWithItsDataSourceFirstAndSharesItsCrosshair(Path file) {
        JsonNode dashboard = Repository.json(file);
        assertThat(dashboard.path("uid").asText()).matches("collapse-[a-z]+");
        assertThat(dashboard.path("graphTooltip").asInt()).isEqualTo(1);
        assertThat(dashboard.path("schemaVersion").asInt()).isGreaterThanOrEqualTo(41);
        assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
    }

    @Test
    void dashboardsHaveDistinctUidsAndTitles() {
        List<JsonNode> all = dashboards().stream().map(Repository::json).toList();
        assertThat(all).extracting(d -> d.path("uid").asText()).doesNotHaveDuplicates();
        assertThat(all).extracting(d -> d.path("title").asText()).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void dashboardsNameOnlyWhatTheMonitorExports(Path file) {
        JsonNode dashboard = Repository.json(file);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode panel : DashboardCheck.panels(dashboard)) {
            for (JsonNode target : panel.path("targets")) {
                String query = target.path("expr").asText();
                softly.assertThat(ExportedNames.unknownIn(query))
                        .as("%s: %s", panel.path("title").asText(), query)
                        .isEmpty();
            }
        }
        for (JsonNode variable : dashboard.path("templating").path("list")) {
            String query = variable.path("query").path("query").asText();
            softly.assertThat(ExportedNames.unknownInVariable(query))
                    .as("variable %s: %s", variable.path("name").asText(), query)
                    .isEmpty();
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void rulesNameOnlyWhatTheMonitorExports(Path file) {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode rule : Repository.yaml(file).findParents("expr")) {
            String query = rule.path("expr").asText();
            softly.assertThat(ExportedNames.unknownIn(query)).as(query).isEmpty();
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void anAlertSaysHowBadItIsWhatItMeansAndWhatToDo(Path file) {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode rule : Repository.yaml(file).findParents("alert")) {
            String name = rule.path("alert").asText();
            softly.assertThat(name).matches("([A-Z][a-z]+)+");
            softly.assertThat(rule.has("for")).as("%s: for", name).isTrue();
            softly.assertThat(rule.has("keep_firing_for"))
                    .as("%s: keep_firing_for", name)
                    .isTrue();
            softly.assertThat(rule.at("/labels/severity").asText())
                    .as("%s: severity", name)
                    .isIn(Set.of("info", "warning", "critical"));
            softly.assertThat(rule.at("/annotations/summary").asText())
                    .as("%s: summary", name)
                    .isNotBlank()
                    .doesNotContain("\n");
            softly.assertThat(rule.at("/annotations/description").asText())
                    .as("%s: description", name)
                    .contains("Impact: ", "Action: ");
        }
        softly.assertAll();
    }

    @Test
    void anUnknownMetricOrLabelIsFound() {
        assertThat(ExportedNames.unknownIn(
                        "max by (run, lair) (collapse_nc9{experiment=~\"$experiment\", modus=\"snapshot\"})"))
                .containsExactly("collapse_nc9", "lair", "modus");
        assertThat(ExportedNames.unknownInVariable("label_values(collapse_run_status, rum)"))
                .containsExactly("rum");
    }

    @Test
    void whatTheMonitorExportsIsKnown() {
        assertThat(ExportedNames.unknownIn("collapse_runs or collapse_run_info or collapse_records_duplicate_total"
                        + " or collapse_run_status or collapse_records_bytes_total or collapse_loss or collapse_run_phase"
                        + " or collapse_decay_budget or collapse_nc0_forecast"))
                .isEmpty();
    }

    @Test
    void anUnrecordedRuleIsFound() {
        assertThat(ExportedNames.unknownIn("run:collapse_run_phase:max or run:collapse_run_phase:min"))
                .containsExactly("run:collapse_run_phase:min");
    }

    @ParameterizedTest
    @MethodSource("documents")
    void documentsNameOnlyWhatTheMonitorExports(Path file) throws IOException {
        assertThat(ExportedNames.unknownInDocument(Files.readString(file))).isEmpty();
    }

    @Test
    void whatADocumentInventsIsFound() {
        assertThat(ExportedNames.unknownInDocument("`collapse_nc9`, `collapse_records_*`, `collapse_restore_seconds`,"
                        + " `collapse_recoils_*`, `collapse_nc1{mode=\"snapshot\", lair=\"fc\"}`"))
                .containsExactly("collapse_nc9", "collapse_recoils_*", "lair");
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void dashboardsAreWhatGrafanasTypesAllow(Path file) {
        assertThat(DashboardSchema.violations(Repository.json(file))).isEmpty();
    }

    @Test
    void whatGrafanasTypesDoNotAllowIsFound() {
        ObjectNode dashboard = (ObjectNode) Repository.json(dashboards().get(0));
        dashboard.put("graphTooltip", "shared");
        JsonNode panel = DashboardCheck.panels(dashboard).get(0);
        ((ObjectNode) panel.path("options")).put("legends", true);
        assertThat(DashboardSchema.violations(dashboard))
                .anyMatch(line -> line.contains("graphTooltip"))
                .anyMatch(line -> line.contains(panel.path("title").asText()) && line.contains("legends"));
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void variablesComeInTheOrderInWhichTheyNarrow(Path file) {
        List<String> order = List.of("datasource", "experiment", "run", "layer", "instance", "mode", "split");
        List<String> names = new ArrayList<>();
        Repository.json(file)
                .at("/templating/list")
                .forEach(variable -> names.add(variable.path("name").asText()));
        assertThat(names).isSortedAccordingTo(Comparator.comparingInt(order::indexOf));
        assertThat(order).containsAll(names);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void dashboardsLinkToEachOther(Path file) {
        JsonNode dashboard = Repository.json(file);
        Set<String> tags = dashboards().stream()
                .map(other -> Repository.json(other).at("/tags/0").asText())
                .collect(Collectors.toSet());
        assertThat(tags).containsExactly(dashboard.at("/links/0/tags/0").asText());
        assertThat(dashboard.at("/links/0/includeVars").asBoolean()).isTrue();
        List<String> uids = dashboards().stream()
                .map(other -> Repository.json(other).path("uid").asText())
                .toList();
        for (JsonNode link : dashboard.findValues("url")) {
            Matcher internal = Pattern.compile("^/d/([^?]*)\\?").matcher(link.asText());
            if (internal.find()) {
                assertThat(uids).contains(internal.group(1));
            }
        }
    }

    /** Against the step: the panel reads a column that its transformations make, one per run. */
    @Test
    void comparisonsAreShownAgainstTheStepToo() {
        List<JsonNode> panels =
                DashboardCheck.panels(Repository.json(Repository.path("grafana/dashboards/compare.json")));
        List<JsonNode> trends = panels.stream()
                .filter(panel -> panel.path("type").asText().equals("trend"))
                .toList();
        assertThat(trends)
                .hasSameSizeAs(panels.stream()
                        .filter(panel -> panel.path("type").asText().equals("timeseries"))
                        .toList())
                .isNotEmpty();
        for (JsonNode trend : trends) {
            JsonNode matrix = null;
            for (JsonNode transformation : trend.path("transformations")) {
                if (transformation.path("id").asText().equals("groupingToMatrix")) {
                    matrix = transformation.path("options");
                }
            }
            assertThat(matrix).isNotNull();
            String column = matrix.path("rowField").asText() + "\\"
                    + matrix.path("columnField").asText();
            assertThat(trend.at("/options/xField").asText()).isEqualTo(column);
            assertThat(trend.at("/targets/0/expr").asText()).contains("collapse_step{");
        }
    }

    static List<Path> documents() throws IOException {
        try (Stream<Path> inDocs = Files.list(Repository.path("docs"));
                Stream<Path> inRoot = Files.list(Repository.path("."))) {
            return Stream.concat(inRoot, inDocs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    static List<Path> dashboards() {
        return Repository.dashboards();
    }

    static List<Path> rules() {
        return Repository.rules();
    }

    private static boolean overlap(JsonNode a, JsonNode b) {
        return a.path("x").asInt() < b.path("x").asInt() + b.path("w").asInt()
                && b.path("x").asInt() < a.path("x").asInt() + a.path("w").asInt()
                && a.path("y").asInt() < b.path("y").asInt() + b.path("h").asInt()
                && b.path("y").asInt() < a.path("y").asInt() + a.path("h").asInt();
    }
}
