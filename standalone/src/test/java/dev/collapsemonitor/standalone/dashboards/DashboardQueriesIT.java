package dev.collapsemonitor.standalone.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every query of every dashboard against a real Prometheus. */
class DashboardQueriesIT {
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
        // Null where Prometheus is absent and the tests are skipped.
        if (prometheus != null) {
            prometheus.close();
        }
        exposition.close();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataAsTheDashboardOpens(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard).problems()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataForOneChosenRunWhateverItsName(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard)
                        .choosing("run", ExpositionServer.AWKWARD_RUN)
                        .problems())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelShowsDataForRollingMetricsOfTheTestSplit(Path dashboard) {
        assertThat(new DashboardCheck(prometheus.api(), dashboard)
                        .choosing("mode", "rolling")
                        .choosing("split", "test")
                        .problems())
                .isEmpty();
    }

    @Test
    void allShowsRunsThatNameNoExperiment() {
        Path run = Repository.path("grafana/dashboards/run.json");
        assertThat(new DashboardCheck(prometheus.api(), run)
                        .choosing("run", "published")
                        .problems())
                .isEmpty();
    }

    static List<Path> dashboards() {
        return Repository.dashboards();
    }
}
