package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check of dashboards itself: what it must find, it finds, and it says where. */
class DashboardCheckIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static ExpositionServer exposition;
    private static PrometheusProcess prometheus;

    @BeforeAll
    static void start() {
        exposition = ExpositionServer.start();
        prometheus = PrometheusProcess.start(folder, exposition.port());
    }

    @AfterAll
    static void stop() {
        if (prometheus != null) {
            prometheus.close();
        }
        exposition.close();
    }

    @Test
    void aQueryWithDataIsNoProblem() {
        assertThat(problems("collapse_loss{run=~\"$run\"}", "{{run}}")).isEmpty();
        assertThat(problems("rate(collapse_records_total[$__rate_interval]) or collapse_loss", ""))
                .isEmpty();
        assertThat(problems("max_over_time(collapse_loss[${__range}])", "")).isEmpty();
    }

    @Test
    void anEmptyResultNamesPanelAndQuery() {
        assertThat(problems("collapse_loss{run=\"nobody\"}", ""))
                .singleElement()
                .asString()
                .contains("Some dashboard / Some panel [A]")
                .contains("collapse_loss{run=\"nobody\"}")
                .contains("empty result");
    }

    @Test
    void aResultOfNothingButNaNIsEmpty() {
        assertThat(problems("collapse_loss * NaN", ""))
                .singleElement()
                .asString()
                .contains("empty result");
    }

    @Test
    void aRefusedQueryCarriesTheReason() {
        assertThat(problems("max by (run (collapse_loss)", ""))
                .singleElement()
                .asString()
                .contains("Some panel")
                .contains("parse error");
    }

    @Test
    void aReferenceToNoVariableIsAProblem() {
        assertThat(problems("collapse_loss{run=~\"$nun\"}", ""))
                .singleElement()
                .asString()
                .contains("unresolved variable $nun");
    }

    @Test
    void aLegendOfALabelThatTheAnswerLacksIsAProblem() {
        assertThat(problems("max by (experiment) (collapse_loss{run=\"adamw\"})", "{{run}}"))
                .singleElement()
                .asString()
                .contains("{{run}}");
    }

    @Test
    void aVariableWithoutValuesIsAProblem() {
        ObjectNode dashboard = dashboard("collapse_loss", "");
        ((ObjectNode) dashboard.at("/templating/list/1")).put("query", "label_values(collapse_nonesuch, run)");
        assertThat(new DashboardCheck(prometheus.api(), dashboard).problems())
                .singleElement()
                .asString()
                .contains("variable run: no values");
    }

    @Test
    void aDataSourceThatIsNoVariableOfTheDashboardIsAProblem() {
        ObjectNode dashboard = dashboard("collapse_loss", "");
        ((ObjectNode) dashboard.at("/panels/0")).put("datasource", "${DS_PROMETHEUS}");
        assertThat(new DashboardCheck(prometheus.api(), dashboard).problems())
                .singleElement()
                .asString()
                .contains("unresolved variable ${DS_PROMETHEUS}");
    }

    private static List<String> problems(String expression, String legend) {
        return new DashboardCheck(prometheus.api(), (JsonNode) dashboard(expression, legend)).problems();
    }

    private static ObjectNode dashboard(String expression, String legend) {
        ObjectNode dashboard = JSON.createObjectNode().put("title", "Some dashboard");
        dashboard
                .putObject("templating")
                .putArray("list")
                .add(JSON.createObjectNode()
                        .put("name", "datasource")
                        .put("type", "datasource")
                        .put("query", "prometheus"))
                .add(JSON.createObjectNode()
                        .put("name", "run")
                        .put("type", "query")
                        .put("multi", true)
                        .put("query", "label_values(collapse_loss, run)"));
        ObjectNode panel = dashboard
                .putArray("panels")
                .addObject()
                .put("title", "Some panel")
                .put("datasource", "${datasource}");
        panel.putArray("targets")
                .addObject()
                .put("refId", "A")
                .put("datasource", "${datasource}")
                .put("expr", expression)
                .put("legendFormat", legend);
        return dashboard;
    }
}
