package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

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
        "coupled,   0.9, 0.1, 0.02",
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
        double first = Double.NaN;
        for (JsonNode snapshot : history) {
            int step = snapshot.path("step").asInt();
            Map<String, Double> metrics = LiveMonitor.metrics(snapshot);
            double measured = metrics.get("nc0_norm");
            if (step == 0) {
                first = measured;
            }
            System.out.println(run + " " + step + " " + measured + " " + first * factors[step] + " "
                    + measured / (first * factors[step]) + " " + metrics.get("nc0_relative"));
        }
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
                "--epochs=3000",
                "--snapshot-every=1500");
        JsonNode history = live.awaitHistory("ufm", Architecture.CLASSIFIER, 3);
        System.out.println(LiveMonitor.metrics(history.get(2)));
        System.out.println(LiveMonitor.metrics(history.get(0)));
    }
}
