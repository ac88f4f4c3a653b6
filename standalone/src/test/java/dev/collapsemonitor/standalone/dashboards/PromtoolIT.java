package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Prometheus' own tool says to the configuration and the rules. */
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
    void everyAlertHasATestInWhichItFiresAndOneInWhichItDoesNot() {
        TreeSet<String> alerts = new TreeSet<>();
        for (Path file : rules()) {
            Repository.yaml(file).findValuesAsText("alert").forEach(alerts::add);
        }
        TreeSet<String> firing = new TreeSet<>();
        TreeSet<String> quiet = new TreeSet<>();
        for (Path file : ruleTests()) {
            for (JsonNode test : Repository.yaml(file).path("tests")) {
                for (JsonNode expected : test.path("alert_rule_test")) {
                    (expected.path("exp_alerts").isEmpty() ? quiet : firing)
                            .add(expected.path("alertname").asText());
                }
            }
        }
        assertThat(firing).isEqualTo(alerts);
        assertThat(quiet).isEqualTo(alerts);
    }

    private void promtool(String verb, String noun, Path file) throws IOException, InterruptedException {
        Path output = folder.resolve("promtool.out");
        int exit = new ProcessBuilder(Binaries.require("promtool").toString(), verb, noun, file.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        assertThat(exit)
                .as("promtool %s %s %s said:%n%s", verb, noun, file, Files.readString(output, StandardCharsets.UTF_8))
                .isZero();
    }

    static List<Path> rules() {
        return Repository.rules();
    }

    static List<Path> ruleTests() {
        return Repository.ruleTests();
    }
}
