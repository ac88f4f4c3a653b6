package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Alertmanager leaves unsaid under our configuration. */
class InhibitionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern ALERT_NAMES = Pattern.compile("alertname=~?\"([^\"]*)\"");

    @Test
    void aLostRunIsNotSaidToStallToo(@TempDir Path folder) {
        try (AlertmanagerProcess alertmanager = AlertmanagerProcess.start(folder, FreePort.any(), 60)) {
            for (String alert : Set.of("RunDiverged", "CollapseStalled", "RunSilent", "SnapshotsIncomplete")) {
                alertmanager.post(alert, "diverged");
            }
            for (String alert : Set.of("RunFailed", "CollapseStalled", "PartialCollapse")) {
                alertmanager.post(alert, "failed");
            }
            alertmanager.post("CollapseStalled", "another");
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(alertmanager.alerts("diverged")).containsExactly("RunDiverged");
                assertThat(alertmanager.alerts("failed")).containsExactly("PartialCollapse", "RunFailed");
                assertThat(alertmanager.alerts("another")).containsExactly("CollapseStalled");
            });
        }
    }

    @Test
    void inhibitionsNameOnlyAlertsThatExistAndMessagesAreGroupedByExperiment() {
        Set<String> alerts = new TreeSet<>();
        Repository.rules().forEach(file -> alerts.addAll(Repository.yaml(file).findValuesAsText("alert")));
        JsonNode config = Repository.yaml(Repository.path("grafana/alertmanager/alertmanager.yml"));
        assertThat(config.at("/route/group_by/0").asText()).isEqualTo("experiment");
        for (JsonNode rule : config.path("inhibit_rules")) {
            Set<String> named = new TreeSet<>();
            ALERT_NAMES
                    .matcher(rule.at("/source_matchers/0").asText() + " "
                            + rule.at("/target_matchers/0").asText())
                    .results()
                    .forEach(found -> named.addAll(Set.of(found.group(1).split("\\|"))));
            assertThat(alerts).containsAll(named);
            assertThat(named).hasSizeGreaterThan(1);
        }
    }
}
