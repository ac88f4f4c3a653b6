package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** That docker-compose.yml and the files that it mounts agree. It starts nothing: that takes Docker. */
class ComposeFileTest {
    private static final String RULES_TARGET = "/etc/prometheus/rules";

    private final JsonNode compose = Repository.yaml(Repository.path("docker-compose.yml"));
    private final JsonNode services = compose.path("services");

    @Test
    void everyMountedPathExistsAndEveryNamedVolumeIsDeclared() {
        SoftAssertions softly = new SoftAssertions();
        services.properties()
                .forEach(service -> mounts(service.getValue()).forEach((target, source) -> {
                    if (source.startsWith(".")) {
                        softly.assertThat(Repository.path(source))
                                .as("%s mounts %s", service.getKey(), source)
                                .exists();
                    } else {
                        softly.assertThat(compose.path("volumes").has(source))
                                .as("volume %s of %s is declared", source, service.getKey())
                                .isTrue();
                    }
                }));
        softly.assertAll();
    }

    @Test
    void whatIsBuiltHasADockerfile() {
        services.forEach(service -> {
            if (service.has("build")) {
                assertThat(Repository.path(service.path("build").asText()).resolve("Dockerfile"))
                        .exists();
                assertThat(service.path("pull_policy").asText()).isEqualTo("build");
            }
        });
    }

    @Test
    void everyImageIsPinned() {
        services.properties()
                .forEach(service -> assertThat(service.getValue().path("image").asText())
                        .as("image of %s", service.getKey())
                        .matches("[\\w./-]+:v?\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"));
    }

    @Test
    void portsAreBoundToTheLoopbackAddressAndUsedOnce() {
        List<String> ports = new ArrayList<>();
        services.forEach(service -> service.path("ports").forEach(port -> ports.add(port.asText())));
        assertThat(ports).isNotEmpty().allMatch(port -> port.matches("127\\.0\\.0\\.1:\\d+:\\d+"));
        assertThat(ports).extracting(port -> port.split(":")[1]).doesNotHaveDuplicates();
    }

    @Test
    void everyCommandAndHealthCheckIsAListOfWords() {
        services.properties().forEach(service -> {
            for (String list : List.of("/command", "/healthcheck/test")) {
                assertThat(service.getValue().at(list))
                        .as("%s of %s", list, service.getKey())
                        .allMatch(JsonNode::isTextual);
            }
        });
    }

    @Test
    void aServiceWaitsOnlyForServicesThatExistAndThatCanBecomeHealthy() {
        services.properties()
                .forEach(service -> service.getValue()
                        .path("depends_on")
                        .properties()
                        .forEach(dependency -> {
                            assertThat(services.has(dependency.getKey()))
                                    .as("%s waits for %s", service.getKey(), dependency.getKey())
                                    .isTrue();
                            if (dependency.getValue().path("condition").asText().equals("service_healthy")) {
                                assertThat(services.path(dependency.getKey()).has("healthcheck"))
                                        .as("health check of %s", dependency.getKey())
                                        .isTrue();
                            }
                        }));
    }

    @Test
    void prometheusScrapesThePortThatTheMonitorListensOn() {
        JsonNode config = Repository.yaml(Repository.path(source("prometheus", "/etc/prometheus/prometheus.yml")));
        JsonNode job = config.path("scrape_configs").path(0);
        assertThat(job.at("/static_configs/0/targets/0").asText()).isEqualTo("monitor:" + option("--http-port"));
        assertThat(job.path("metrics_path").asText()).isEqualTo("/metrics");
        // The loopback address of a container is out of Prometheus' reach.
        assertThat(option("--http-host")).isEqualTo("0.0.0.0");
    }

    @Test
    void theHealthCheckOfTheMonitorAsksItsOwnPort() {
        assertThat(services.at("/monitor/healthcheck/test").toString())
                .contains("/dev/tcp/127.0.0.1/" + option("--http-port"))
                .contains("GET /health/live ");
        assertThat(services.at("/monitor/ports/0").asText()).endsWith(":" + option("--http-port"));
    }

    @Test
    void theStateOfTheMonitorOutlivesItsContainer() {
        assertThat(mounts(services.path("monitor"))).containsKey(option("--state-dir"));
    }

    @Test
    void prometheusFindsItsRules() {
        Path config = Repository.path(source("prometheus", "/etc/prometheus/prometheus.yml"));
        assertThat(Repository.yaml(config).path("rule_files").path(0).asText()).isEqualTo("rules/*.yml");
        assertThat(Repository.path(source("prometheus", RULES_TARGET)).toFile().list())
                .isNotEmpty();
        // The path that promtool checks next to the configuration is the one that the container sees.
        assertThat(config.resolveSibling("rules").normalize())
                .isEqualTo(Repository.path(source("prometheus", RULES_TARGET)).normalize());
    }

    @Test
    void prometheusSendsItsAlertsToAlertmanager() {
        JsonNode config = Repository.yaml(Repository.path("grafana/prometheus/prometheus.yml"));
        String port = services.at("/alertmanager/ports/0").asText().split(":")[2];
        assertThat(config.at("/alerting/alertmanagers/0/static_configs/0/targets/0")
                        .asText())
                .isEqualTo("alertmanager:" + port);
        assertThat(services.at("/alertmanager/healthcheck/test").toString()).contains("127.0.0.1:" + port + "/-/ready");
    }

    @Test
    void alertmanagerFindsItsConfigurationAndKeepsWhatItHasSent() {
        assertThat(Repository.path(source("alertmanager", optionAfterEquals("alertmanager", "--config.file"))))
                .isRegularFile();
        assertThat(mounts(services.path("alertmanager")))
                .containsKey(optionAfterEquals("alertmanager", "--storage.path"));
        assertThat(Repository.path(source("prometheus", optionAfterEquals("prometheus", "--config.file"))))
                .isRegularFile();
    }

    @Test
    void grafanaFindsAlertmanagerAtTheNameAndPortOfItsService() {
        Path folder = Repository.path(source("grafana", "/etc/grafana/provisioning/datasources"));
        URI url = URI.create(Repository.yaml(folder.resolve("alertmanager.yml"))
                .at("/datasources/0/url")
                .asText());
        assertThat(services.path(url.getHost()).at("/ports/0").asText()).endsWith(":" + url.getPort());
    }

    @Test
    void theJobThatAlertsWatchIsTheOneThatIsScraped() {
        String job = Repository.yaml(Repository.path("grafana/prometheus/prometheus.yml"))
                .at("/scrape_configs/0/job_name")
                .asText();
        for (Path rules : Repository.rules()) {
            for (JsonNode rule : Repository.yaml(rules).findParents("expr")) {
                Matcher named = Pattern.compile("\\bjob=\"([^\"]*)\"")
                        .matcher(rule.path("expr").asText());
                assertThat(named.results().map(found -> found.group(1)))
                        .as("%s", rule)
                        .allMatch(job::equals);
            }
        }
    }

    @Test
    void aTrainingRunIsThereForThoseWhoAskForIt() {
        assertThat(services.at("/trainer/profiles/0").asText()).isEqualTo("trainer");
        services.properties().stream()
                .filter(service -> !service.getKey().equals("trainer"))
                .forEach(service -> assertThat(service.getValue().has("profiles"))
                        .as("%s starts by itself", service.getKey())
                        .isFalse());
    }

    @Test
    void grafanaFindsPrometheusAtTheNameAndPortOfItsService() {
        Path folder = Repository.path(source("grafana", "/etc/grafana/provisioning/datasources"));
        JsonNode datasource = Repository.yaml(folder.resolve("prometheus.yml")).at("/datasources/0");
        URI url = URI.create(datasource.path("url").asText());
        assertThat(services.has(url.getHost())).as("service %s", url.getHost()).isTrue();
        assertThat(services.path(url.getHost()).at("/ports/0").asText()).endsWith(":" + url.getPort());
        for (Path dashboard : Repository.dashboards()) {
            assertThat(Repository.json(dashboard)
                            .at("/templating/list/0/current/value")
                            .asText())
                    .as("data source that %s opens with", dashboard)
                    .isEqualTo(datasource.path("uid").asText());
        }
    }

    @Test
    void theStepThatGrafanaAssumesIsTheScrapeInterval() {
        JsonNode prometheus = Repository.yaml(Repository.path("grafana/prometheus/prometheus.yml"));
        JsonNode datasource = Repository.yaml(Repository.path("grafana/provisioning/datasources/prometheus.yml"));
        assertThat(datasource.at("/datasources/0/jsonData/timeInterval").asText())
                .isEqualTo(prometheus.at("/global/scrape_interval").asText());
    }

    @Test
    void grafanaFindsTheDashboards() {
        Path provider = Repository.path(source("grafana", "/etc/grafana/provisioning/dashboards"))
                .resolve("collapse.yml");
        String path = Repository.yaml(provider).at("/providers/0/options/path").asText();
        Path folder = Repository.path(source("grafana", path));
        assertThat(folder.normalize())
                .isEqualTo(Repository.path("grafana/dashboards").normalize());
        String home = services.at("/grafana/environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
                .asText();
        assertThat(home).startsWith(path + "/");
        assertThat(Files.exists(folder.resolve(home.substring(path.length() + 1))))
                .isTrue();
    }

    @Test
    void everyProcessReachesKafkaAtAListenerThatLeadsBackToIt() {
        JsonNode kafka = services.path("kafka");
        String advertised = kafka.at("/environment/KAFKA_ADVERTISED_LISTENERS").asText();
        for (String service : List.of("topics", "monitor", "trainer")) {
            assertThat(advertised)
                    .as("bootstrap of %s", service)
                    .contains("INTERNAL://" + option(service, "--bootstrap"));
        }
        String[] published = kafka.at("/ports/0").asText().split(":");
        assertThat(advertised).contains("HOST://localhost:" + published[1]);
        assertThat(kafka.at("/environment/KAFKA_LISTENERS").asText()).contains("HOST://:" + published[2]);
    }

    private String optionAfterEquals(String service, String name) {
        for (JsonNode word : services.path(service).path("command")) {
            if (word.asText().startsWith(name + "=")) {
                return word.asText().substring(name.length() + 1);
            }
        }
        throw new AssertionError("the command of " + service + " has no " + name);
    }

    private String option(String name) {
        return option("monitor", name);
    }

    private String option(String service, String name) {
        List<String> words = new ArrayList<>();
        services.path(service).path("command").forEach(word -> words.add(word.asText()));
        assertThat(words).as("command of %s", service).contains(name);
        return words.get(words.indexOf(name) + 1);
    }

    private String source(String service, String target) {
        assertThat(mounts(services.path(service))).as("mounts of %s", service).containsKey(target);
        return mounts(services.path(service)).get(target);
    }

    /** Path in the container to path in the repository or named volume. */
    private static Map<String, String> mounts(JsonNode service) {
        Map<String, String> mounts = new TreeMap<>();
        service.path("volumes").forEach(volume -> {
            String[] parts = volume.asText().split(":");
            mounts.put(parts[1], parts[0]);
        });
        return mounts;
    }
}
