package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsemonitor.monitor.oracle.SlowForecast;
import dev.collapsemonitor.trainer.model.Architecture;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What theory says must come out, through everything that lies between: the command {@code train}, Kafka and the monitor.
 */
class TheoryIT {
    /** Of one training run: 10 steps an epoch. */
    private static final int EPOCHS = 40;

    private static final int STEPS = 10 * EPOCHS;

    /** Where rounding of the weights in float32 is as large as a hundredth of what is left of the row sum. */
    private static final double FLOAT_FLOOR = 2e-5;

    @TempDir
    static Path directory;

    private static LiveMonitor live;

    @BeforeAll
    static void start() {
        live = LiveMonitor.start(directory);
    }

    @AfterAll
    static void stop() {
        live.close();
    }

    /**
     * arXiv 2602.16642: under cross-entropy the row sum m = Wᵀ1 gets nothing from the loss and decays by a recursion that
     * momentum, rate and decay alone decide.
     */
    @ParameterizedTest
    @CsvSource({
        "coupled,   0,   0.1, 0.2",
        "coupled,   0.5, 0.1, 0.1",
        "coupled,   0.9, 0.1, 0.015",
        "decoupled, 0.9, 0.1, 0.2",
        "coupled,   0,   0.2, 0.4"
    })
    void theRowSumOfTheClassifierFollowsTheClosedForm(String coupling, double momentum, double rate, double lambda)
            throws Exception {
        String run = "nc0-" + coupling + "-" + momentum + "-" + rate;
        train(
                run,
                "--train-samples=200",
                "--batch-size=20",
                "--widths=24",
                "--batch-norm=all",
                "--optimizer=sgd",
                "--momentum=" + momentum,
                "--lr=" + rate,
                "--weight-decay=" + lambda,
                "--coupling=" + coupling,
                "--epochs=" + EPOCHS,
                "--snapshot-every=4",
                "--snapshot-samples=100",
                "--layers=" + Architecture.CLASSIFIER);
        double[] rates = new double[STEPS];
        Arrays.fill(rates, rate);
        double[] factors = coupling.equals("decoupled")
                ? SlowForecast.decoupled(rates, lambda)
                : SlowForecast.heavyBall(rates, lambda, momentum);

        JsonNode history = live.awaitHistory(run, Architecture.CLASSIFIER, EPOCHS / 4 + 1);
        assertThat(history).hasSize(EPOCHS / 4 + 1);
        double first = LiveMonitor.metrics(history.get(0)).get("nc0_norm");
        assertThat(first).isGreaterThan(0.1);
        for (JsonNode snapshot : history) {
            int step = snapshot.path("step").asInt();
            double measured = LiveMonitor.metrics(snapshot).get("nc0_norm");
            double expected = first * factors[step];
            if (factors[step] > FLOAT_FLOOR) {
                assertThat(measured).as("step %d", step).isCloseTo(expected, withPercentage(1));
                assertThat(LiveMonitor.metrics(snapshot).get("nc0_forecast"))
                        .as("the monitor's own forecast of step %d", step)
                        .isCloseTo(LiveMonitor.metrics(snapshot).get("nc0"), withPercentage(3));
            } else {
                assertThat(measured).as("step %d", step).isLessThan(first * FLOAT_FLOOR);
            }
        }
        assertThat(factors[STEPS]).as("a run that shows something").isLessThan(1e-2);
        JsonNode forecast = live.run(run).path("forecast");
        assertThat(forecast.path("sentence").asText()).startsWith("NC0 ends");
        assertThat(forecast.path("decay_budget").asDouble())
                .isCloseTo(rate * lambda * STEPS / (coupling.equals("coupled") ? 1 - momentum : 1), withPercentage(1));
        assertThat(forecast.path("finding").isNull()).as(forecast.toString()).isTrue();
    }

    private static void train(String run, String... options) {
        List<String> arguments = new ArrayList<>(List.of("train", "--run=" + run, "--bootstrap=" + live.bootstrap()));
        arguments.addAll(List.of(options));
        StringWriter err = new StringWriter();
        int status = Collapse.run(
                arguments.toArray(String[]::new), Map.of(), new PrintWriter(new StringWriter()), new PrintWriter(err));
        assertThat(status).as(err.toString()).isZero();
    }

    @Test
    void unconstrainedFeaturesReachTheSimplexEtf() throws Exception {
        int classes = 4;
        train(
                "ufm",
                "--model=ufm",
                "--dataset=unconstrained",
                "--classes=" + classes,
                "--samples-per-class=8",
                "--widths=8",
                "--no-bias",
                "--batch-size=32",
                "--optimizer=sgd",
                "--momentum=0.9",
                "--lr=0.5",
                "--weight-decay=2e-3",
                "--epochs=1000",
                "--snapshot-every=500");
        JsonNode history = live.awaitHistory("ufm", Architecture.CLASSIFIER, 3);
        Map<String, Double> first = LiveMonitor.metrics(history.get(0));
        assertThat(first.get("nc1")).isGreaterThan(0.1);
        assertThat(first.get("nc2_etf_means")).isGreaterThan(0.1);

        Map<String, Double> last = LiveMonitor.metrics(history.get(2));
        assertThat(last.get("inter_class_cosine")).isCloseTo(-1.0 / (classes - 1), offset(1e-3));
        assertThat(last.get("inter_class_cosine_max")).isCloseTo(-1.0 / (classes - 1), offset(1e-3));
        assertThat(last.get("nc1")).isLessThan(1e-6);
        for (String of : List.of("means", "weights")) {
            assertThat(last.get("nc2_equinorm_" + of)).isLessThan(1e-3);
            assertThat(last.get("nc2_equiangular_" + of)).isLessThan(1e-3);
            assertThat(last.get("nc2_max_angle_" + of)).isLessThan(1e-3);
            assertThat(last.get("nc2_etf_" + of)).isLessThan(1e-3);
        }
        assertThat(last.get("nc3")).isLessThan(1e-3);
        assertThat(last.get("error_rate")).isZero();
    }
}
