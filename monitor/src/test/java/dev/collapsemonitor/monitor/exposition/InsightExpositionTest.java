package dev.collapsemonitor.monitor.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.monitor.exposition.Exposition.Sample;
import dev.collapsemonitor.monitor.forecast.Declarations;
import dev.collapsemonitor.monitor.phase.Phase;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.monitor.testing.Records;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Phase, forecast and events as others see them. */
class InsightExpositionTest {
    private final RunDirectory runs = new RunDirectory();
    private final Run run = runs.open("r");

    @Test
    void thePhaseIsAStateSetWithOneSeriesPerStateOfWhichOneIsSet() {
        run.update(Records.descriptor(1).build(), 1_000);
        assertThat(scrape().of("collapse_run_phase"))
                .hasSize(Phase.values().length)
                .allSatisfy(sample -> {
                    String state = sample.labels().get("collapse_run_phase");
                    assertThat(sample.labels()).containsEntry("run", "r");
                    assertThat(sample.value()).isEqualTo(state.equals("WARMING_UP") ? 1 : 0);
                });
    }

    @Test
    void theForecastStandsBesideTheMeasuredValue() {
        describe();
        Exposition exposition = scrape();
        Map<String, String> labels =
                Map.of("run", "r", "experiment", "", "layer", "fc", "mode", "snapshot", "split", "train");
        assertThat(exposition.of("collapse_nc0_forecast")).singleElement().satisfies(sample -> {
            assertThat(sample.labels()).isEqualTo(labels);
            assertThat(sample.value()).isCloseTo(0.4 * Math.exp(-1), within(5e-3));
        });
        assertThat(exposition.of("collapse_decay_budget"))
                .extracting(Sample::value)
                .singleElement()
                .satisfies(budget -> assertThat(budget).isCloseTo(1, within(1e-9)));
    }

    @Test
    void theApiShowsPhaseForecastAndEvents() {
        describe();
        ApiViews views = new ApiViews();
        ObjectNode view = views.run(run);
        assertThat(view.path("phase").asText()).isEqualTo("WARMING_UP");
        assertThat(view.path("terminal_step").isNull()).isTrue();
        assertThat(view.path("forecast").path("sentence").asText()).startsWith("NC0 ends near");
        assertThat(view.path("forecast").path("decay_budget").asDouble()).isCloseTo(1, within(1e-9));
        assertThat(view.path("forecast").path("finding").isNull()).isTrue();
        assertThat(views.result(run, run.current().get(0))
                        .path("metrics")
                        .path("nc0_forecast")
                        .asDouble())
                .isCloseTo(0.4 * Math.exp(-1), within(5e-3));

        ObjectNode event = views.event(Alert.newBuilder()
                .setSequence(3)
                .setAttempt(1)
                .setSubject("phase")
                .setFrom("COLLAPSING")
                .setTo("COLLAPSED")
                .setStep(500)
                .setTimeMs(7)
                .putMetrics("nc1", 0.01)
                .build());
        assertThat(event.path("to").asText()).isEqualTo("COLLAPSED");
        assertThat(event.path("step").asLong()).isEqualTo(500);
        assertThat(event.path("time_millis").asLong()).isEqualTo(7);
        assertThat(event.path("metrics").path("nc1").asDouble()).isEqualTo(0.01);
    }

    private void describe() {
        run.update(
                Declarations.of(OptimizerKind.SGD, 0.01, 0.9, 1e-2, Coupling.COUPLED, 1000)
                        .addLayers(Records.LAYER)
                        .build(),
                1_000);
        for (int step = 0; step <= 500; step += 500) {
            double norm = step == 0 ? 2 : 2 * Math.exp(-0.5);
            run.update(
                    Records.result(1, step, 0.5)
                            .putMetrics("nc0", norm * norm / 10)
                            .putMetrics("nc0_norm", norm)
                            .putMetrics("frobenius_norm", 6)
                            .build(),
                    1_000);
        }
        run.conclude(PhaseSettings.DEFAULT);
    }

    private Exposition scrape() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.getPrometheusRegistry().register(new RunCollector(runs));
        return new Exposition(registry.scrape());
    }
}
