package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the tools of Prometheus and Alertmanager say to their configurations and the rules. */
class PromtoolIT {
    @TempDir
    Path folder;

    @Test
    void configurationIsValid() throws Exception {
        promtool("check", "config", Repository.path("grafana/prometheus/prometheus.yml"));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void rulesAreValid(Path rules) throws Exception {
        promtool("check", "rules", rules);
    }

    @ParameterizedTest
    @MethodSource("ruleTests")
    void rulesPassTheirTests(Path test) throws Exception {
        promtool("test", "rules", test);
    }

    @Test
    void everyAlertIsTestedFiringQuietWithoutEverFiringAndResolving() {
        TreeSet<String> alerts = new TreeSet<>();
        for (Path file : rules()) {
            Repository.yaml(file).findValuesAsText("alert").forEach(alerts::add);
        }
        TreeSet<String> firing = new TreeSet<>();
        TreeSet<String> quiet = new TreeSet<>();
        TreeSet<String> resolving = new TreeSet<>();
        for (Path file : ruleTests()) {
            for (JsonNode test : Repository.yaml(file).path("tests")) {
                TreeSet<String> fired = new TreeSet<>();
                for (JsonNode expected : test.path("alert_rule_test")) {
                    String alert = expected.path("alertname").asText();
                    if (!expected.path("exp_alerts").isEmpty()) {
                        firing.add(alert);
                        fired.add(alert);
                    } else {
                        (fired.contains(alert) ? resolving : quiet).add(alert);
                    }
                }
            }
        }
        assertThat(firing).isEqualTo(alerts);
        assertThat(quiet).isEqualTo(alerts);
        assertThat(resolving).isEqualTo(alerts);
    }

    @Test
    void everyRecordingRuleIsTested() {
        TreeSet<String> records = new TreeSet<>();
        rules().forEach(file -> records.addAll(Repository.yaml(file).findValuesAsText("record")));
        TreeSet<String> tested = new TreeSet<>();
        for (Path file : ruleTests()) {
            for (String expression : Repository.yaml(file).findValuesAsText("expr")) {
                records.stream().filter(expression::contains).forEach(tested::add);
            }
        }
        assertThat(tested).isEqualTo(records);
    }

    @Test
    void theConfigurationOfAlertmanagerIsValid() throws Exception {
        run(
                "amtool",
                "check-config",
                Repository.path("grafana/alertmanager/alertmanager.yml").toString());
    }

    private void promtool(String verb, String noun, Path file) throws IOException, InterruptedException {
        run("promtool", verb, noun, file.toString());
    }

    private void run(String program, String... arguments) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        List<String> command = new ArrayList<>(List.of(Binaries.require(program).toString()));
        command.addAll(List.of(arguments));
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        assertThat(exit)
                .as("%s said:%n%s", command, Files.readString(output, StandardCharsets.UTF_8))
                .isZero();
    }

    static List<Path> rules() {
        return Repository.rules();
    }

    static List<Path> ruleTests() {
        return Repository.ruleTests();
    }
}
