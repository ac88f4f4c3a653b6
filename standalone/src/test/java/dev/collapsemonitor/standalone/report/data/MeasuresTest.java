package dev.collapsemonitor.standalone.report.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.report.MadeUpRuns;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeasuresTest {
    private static final View VIEW = new View("", "snapshot", "train");
    private static final Map<String, Double> NAMES = Map.of("a", 2.0, "b", 3.0, "c", 4.0, "zero", 0.0);

    @Test
    void expressionsAreReadAsInMathematics() {
        assertThat(value("a + b * c")).isEqualTo(14);
        assertThat(value("(a + b) * c")).isEqualTo(20);
        assertThat(value("a - b - c")).isEqualTo(-5);
        assertThat(value("c / a / a")).isEqualTo(1);
        assertThat(value("-a * (b - 1e-1)")).isEqualTo(-5.8);
        assertThat(value(" 1.5 ")).isEqualTo(1.5);
        assertThat(value("a / zero")).isNaN();
        assertThat(value("a + missing")).isNaN();
    }

    private static double value(String text) {
        return ExpressionParser.parse(text).at(name -> NAMES.getOrDefault(name, Double.NaN));
    }

    @Test
    void whatIsNoExpressionIsRefusedWithItsPlace() {
        for (String text : List.of("", "a +", "(a", "a b", "a)", "2..5", "a % b", "nc1; drop")) {
            assertThatThrownBy(() -> ExpressionParser.parse(text))
                    .as(text)
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("\"" + text + "\" cannot be read from character ")
                    .hasMessageContaining("+ - * /");
        }
    }

    @Test
    void unknownMetricsAreRefusedWithTheNearestName() {
        assertThatThrownBy(() -> Measure.of("nc1/nco"))
                .isInstanceOf(UserException.class)
                .hasMessage("\"nco\" is no metric that is kept by step; did you mean nc0?");
        assertThat(Measure.of("share = nc1/(nc1 + loss)").label()).isEqualTo("share");
        assertThat(Measure.of("share = nc1/(nc1 + loss)").definition()).isEqualTo("share = nc1/(nc1 + loss)");
    }

    @Test
    void theSpreadIsThatOfASampleAndSaysWhatIsMissing() {
        Spread spread = Spread.of(List.of(1.0, Double.NaN, 2.0, 6.0));
        assertThat(spread).isEqualTo(new Spread(4, 3, 3.0, Math.sqrt(7), 1.0, 6.0));
        assertThat(Spread.of(List.of(5.0)).deviation()).isNaN();
        assertThat(Spread.of(List.of(Double.NaN)).mean()).isNaN();
        assertThat(Spread.of(List.of(Double.NaN)).n()).isZero();
    }

    @Test
    void measuresAtEqualLossLieOnAStraightLineAgainstItsLogarithm() {
        MadeUpRuns runs = new MadeUpRuns("x").run("r", Map.of());
        double[] losses = {1, 0.1, 0.01, 0.05};
        for (int i = 0; i < losses.length; i++) {
            runs.loss("r", 1, 100 * i, losses[i]).result("r", 1, 100 * i, Map.of("nc1", 8.0 - 2 * i));
        }
        Run run = Experiment.of("x", runs.rows()).runs().get(0);
        Measure nc1 = Measure.of("nc1");
        assertThat(new Moment.AtLoss(Math.sqrt(0.1 * 0.01)).value(run, VIEW, nc1))
                .isEqualTo(5, within(1e-12));
        assertThat(new Moment.AtLoss(Math.pow(10, -0.25)).value(run, VIEW, nc1)).isEqualTo(7.5, within(1e-12));
        assertThat(new Moment.AtLoss(0.1).value(run, VIEW, nc1)).isEqualTo(6);
        assertThat(new Moment.AtLoss(3).value(run, VIEW, nc1)).isEqualTo(8);
        assertThat(new Moment.AtLoss(0.001).value(run, VIEW, nc1)).isNaN();
        assertThat(new Moment.AtLoss(0.001).isReached(run, VIEW)).isFalse();
        assertThat(new Moment.End().value(run, VIEW, nc1)).isEqualTo(2);
        assertThat(new Moment.Best().value(run, VIEW, nc1)).isEqualTo(4);
    }

    @Test
    void theDecayBudgetOfCoupledSgdCountsItsMomentum() {
        MadeUpRuns runs = new MadeUpRuns("x");
        Map<String, Double> expected =
                Map.of("sgd", 50 * 0.1 * 0.01 / (1 - 0.9), "adam", 50 * 0.1 * 0.01, "adamw", 50 * 0.1 * 0.01);
        expected.keySet()
                .forEach(optimizer -> runs.run(optimizer, Map.of("optimizer", optimizer, "momentum", "0.9"))
                        .result(optimizer, 1, 50, Map.of("nc1", 1.0)));
        for (Run run : Experiment.of("x", runs.rows()).runs()) {
            ResultRow row = VIEW.of(run).get(0);
            assertThat(XAxis.DECAY_BUDGET.measure().at(run, row)).isEqualTo(expected.get(run.name()), within(1e-12));
        }
    }

    @Test
    void theForecastBeginsAtTheFirstMeasuredValueAndShrinksAsTheOptimizerDoes() {
        MadeUpRuns runs = new MadeUpRuns("x").run("r", Map.of()).run("adam", Map.of("optimizer", "adam"));
        for (String run : List.of("r", "adam")) {
            runs.result(run, 1, 10, Map.of("nc0", 0.5)).result(run, 1, 60, Map.of("nc0", 0.4));
        }
        Experiment experiment = Experiment.of("x", runs.rows());
        Measure forecast = Measure.of("nc0_forecast");
        Run sgd = experiment.runs().get(1);
        assertThat(VIEW.of(sgd))
                .extracting(row -> forecast.at(sgd, row))
                .satisfiesExactly(
                        value -> assertThat(value).isEqualTo(0.5, within(1e-12)),
                        // SGD without momentum at rate 0.1 and decay 0.01: a factor 0.999 per step, squared in NC0.
                        value -> assertThat(value).isEqualTo(0.5 * Math.pow(0.999, 100), within(1e-12)));
        Run adam = experiment.runs().get(0);
        assertThat(forecast.at(adam, VIEW.of(adam).get(0))).isNaN();
    }

    @Test
    void bandsHaveTheStepsThatAllRunsOfTheSettingHave() {
        MadeUpRuns runs = new MadeUpRuns("x");
        for (String seed : List.of("1", "2", "3")) {
            runs.run("r" + seed, Map.of("seed", seed));
        }
        for (long step : new long[] {0, 100, 200}) {
            runs.result("r1", 1, step, Map.of("nc1", step + 1.0));
        }
        runs.result("r2", 1, 0, Map.of("nc1", 3.0)).result("r2", 1, 200, Map.of("nc1", 5.0));
        runs.result("r3", 1, 0, Map.of("tcv", 3.0));
        List<Run> all = Experiment.of("x", runs.rows()).runs();
        Setting setting = Settings.group(all, List.of()).get(0);
        Band band = Band.of(setting, VIEW, XAxis.EPOCH, Measure.of("nc1"));
        assertThat(band.points())
                .containsExactly(
                        new Band.Point(0, Spread.of(List.of(1.0, 3.0))),
                        new Band.Point(2, Spread.of(List.of(201.0, 5.0))));
        assertThat(band.lacking()).extracting(Run::name).containsExactly("r3");
        assertThat(band.shorter()).isEmpty();
    }
}
