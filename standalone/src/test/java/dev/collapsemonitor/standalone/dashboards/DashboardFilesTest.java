package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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
