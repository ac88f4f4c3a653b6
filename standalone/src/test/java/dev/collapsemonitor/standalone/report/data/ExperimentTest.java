package dev.collapsemonitor.standalone.report.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.report.MadeUpRuns;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExperimentTest {
    private static final View VIEW = new View("", "snapshot", "train");

    @Test
    void aResumedRunIsOneCurveInWhichTheNewestAttemptHoldsForEachStep() {
        MadeUpRuns runs = new MadeUpRuns("x").run("r", 2, Map.of(), "finished", "");
        for (long step : new long[] {0, 100, 200, 300}) {
            runs.result("r", 1, step, Map.of("nc1", 1.0)).loss("r", 1, step, 10);
        }
        // Its checkpoint was at 150: 200 and 300 were trained again.
        for (long step : new long[] {200, 300, 400}) {
            runs.result("r", 2, step, Map.of("nc1", 2.0)).loss("r", 2, step, 20);
        }
        Run run = Experiment.of("x", runs.rows()).runs().get(0);
        assertThat(VIEW.of(run)).extracting(ResultRow::step).containsExactly(0L, 100L, 200L, 300L, 400L);
        assertThat(VIEW.of(run)).extracting(row -> row.metrics().get("nc1")).containsExactly(1.0, 1.0, 2.0, 2.0, 2.0);
        assertThat(VIEW.of(run))
                .extracting(row -> Measure.of("loss").at(run, row))
                .containsExactly(10.0, 10.0, 20.0, 20.0, 20.0);
        assertThat(run.attempts()).isEqualTo(2);
    }

    @Test
    void aRunThatBeganAnewHasNothingOfTheAttemptBefore() {
        MadeUpRuns runs = new MadeUpRuns("x").run("r", 2, Map.of(), "unfinished", "");
        for (long step : new long[] {0, 100, 200}) {
            runs.result("r", 1, step, Map.of("nc1", 1.0));
        }
        runs.result("r", 2, 0, Map.of("nc1", 2.0)).result("r", 2, 100, Map.of("nc1", 2.0));
        Run run = Experiment.of("x", runs.rows()).runs().get(0);
        assertThat(VIEW.of(run)).extracting(ResultRow::attempt).containsExactly(2, 2);
    }

    @Test
    void runsThatDifferByTheirSeedAreOneSettingAndSettingsAreInOrder() {
        MadeUpRuns runs = new MadeUpRuns("x");
        for (String decay : List.of("1e-3", "0", "0.0005")) {
            for (String optimizer : List.of("sgd", "adam")) {
                for (String seed : List.of("2", "1")) {
                    runs.run(
                            "r-" + optimizer + decay + seed,
                            Map.of("optimizer", optimizer, "weight_decay", decay, "seed", seed, "model", "mlp"));
                }
            }
        }
        List<Run> all = Experiment.of("x", runs.rows()).runs();
        assertThat(Settings.varied(all)).containsExactly("optimizer", "weight_decay");
        List<Setting> settings = Settings.group(all, Settings.varied(all));
        assertThat(settings)
                .extracting(Setting::label)
                .containsExactly(
                        "adam, weight-decay 0",
                        "adam, weight-decay 0.0005",
                        "adam, weight-decay 1e-3",
                        "sgd, weight-decay 0",
                        "sgd, weight-decay 0.0005",
                        "sgd, weight-decay 1e-3");
        assertThat(settings).allSatisfy(setting -> assertThat(setting.runs()).hasSize(2));
        assertThat(Settings.count(settings)).isEqualTo("12 runs (6 settings × 2 seeds)");
        assertThat(Settings.common(all)).containsEntry("model", "mlp").doesNotContainKey("seed");
        assertThat(Settings.select(all, Map.of("weight_decay", List.of("0.001"), "optimizer", List.of("sgd"))))
                .extracting(Run::name)
                .containsExactly("r-sgd1e-31", "r-sgd1e-32");
    }

    @Test
    void numbersAreWrittenAsPeopleWriteThem() {
        MadeUpRuns runs = new MadeUpRuns("x").run("r", Map.of("lr", "2.0E-4", "momentum", "0.0", "beta2", "0.999"));
        assertThat(Experiment.of("x", runs.rows()).runs().get(0).hyperParameters())
                .containsEntry("lr", "2e-4")
                .containsEntry("momentum", "0")
                .containsEntry("beta2", "0.999");
    }

    @Test
    void whatWasDeclaredTellsRunsApartWhoseTrainerNamesNothing() {
        MadeUpRuns runs = new MadeUpRuns("x");
        runs.run("a", Map.of()).run("b", Map.of());
        List<Run> same = Experiment.of("x", runs.rows()).runs();
        assertThat(Settings.varied(same)).isEmpty();
        assertThat(Settings.group(same, List.of()))
                .singleElement()
                .satisfies(setting -> assertThat(setting.label()).isEqualTo("all runs"));
        // The coupling only repeats what the optimizers' names say.
        runs.run("c", Map.of("optimizer", "adamw"));
        assertThat(Settings.varied(Experiment.of("x", runs.rows()).runs())).containsExactly("optimizer");
    }

    @Test
    void anExperimentThatIsNotThereIsRefused() {
        MadeUpRuns runs = new MadeUpRuns("decay").run("a", Map.of());
        assertThatThrownBy(() -> Experiment.of("decoy", runs.rows()))
                .isInstanceOf(UserException.class)
                .hasMessage("there is no run of experiment decoy; experiments are [decay]");
    }
}
