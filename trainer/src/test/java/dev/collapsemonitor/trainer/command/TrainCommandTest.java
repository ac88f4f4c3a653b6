package dev.collapsemonitor.trainer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.Adam;
import picocli.CommandLine;

class TrainCommandTest {
    @ParameterizedTest
    @MethodSource("dev.collapsemonitor.trainer.command.DemoRuns#datasets")
    void shouldTakeTheArgumentsOfTheDemo(String dataset) {
        TrainingPlan sgd = demo(DemoRuns.SGD, dataset);
        TrainingPlan adamw = demo(DemoRuns.ADAMW, dataset);
        assertThat(sgd.rule().updater(100)).isInstanceOf(HeavyBall.class);
        assertThat(adamw.rule().updater(100)).isInstanceOf(Adam.class);
        assertThat(sgd.decay().coupledShare()).isEqualTo(1);
        assertThat(adamw.decay().coupledShare()).isZero();
        double sgdShrink = sgd.rule().learningRate() * sgd.decay().lambda();
        double adamwShrink = adamw.rule().learningRate() * adamw.decay().lambda();
        assertThat(adamwShrink).isEqualTo(sgdShrink);
        assertThat(adamw.epochs()).isEqualTo(sgd.epochs());
        assertThat(adamw.architecture().norm()).isEqualTo(BatchNorm.ALL);
    }

    @Test
    void shouldSayThatTheDemoKnowsNoSuchDataSet() {
        assertThatThrownBy(() -> DemoRuns.arguments(DemoRuns.SGD, "cifar"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("cifar");
    }

    @Test
    void shouldCoupleTheDecayOfSgdAndDecoupleThatOfAdamwUnlessTold() {
        assertThat(plan("--optimizer", "sgd").decay().coupledShare()).isEqualTo(1);
        assertThat(plan("--optimizer", "adamw").decay().coupledShare()).isZero();
        assertThat(plan("--optimizer", "adamw", "--coupling", "coupled").decay().coupledShare())
                .isEqualTo(1);
    }

    @Test
    void shouldSwitchBatchNormOffAndOn() {
        assertThat(norm()).isEqualTo(BatchNorm.ALL);
        assertThat(norm("--batch-norm", "--momentum", "0.5")).isEqualTo(BatchNorm.ALL);
        assertThat(norm("--batch-norm", "last")).isEqualTo(BatchNorm.LAST);
        assertThat(norm("--batch-norm=none")).isEqualTo(BatchNorm.NONE);
        assertThat(norm("--no-batch-norm")).isEqualTo(BatchNorm.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "--lr, 0",
        "--lr, NaN",
        "--momentum, 1",
        "--weight-decay, -1",
        "--epochs, 0",
        "--batch-size, 0",
        "--widths, 0",
        "--optimizer, adamax",
        "--coupling, loose",
        "--loss, hinge",
        "--dataset, cifar",
        "--dataset, mnist",
        "--train-samples, 0",
        "--snapshot-every, 0",
        "--heartbeat, 0",
        "--lr-milestones, 1.5"
    })
    void shouldSayInOneLineWhichOptionIsWrong(String option, String value) {
        assertThatThrownBy(() -> plan(option, value))
                .isInstanceOf(UserException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void shouldWriteOneLineOfJsonEvenForADivergedRun() throws JsonProcessingException {
        String json = new TrainingSummary("r\"1", 2, 10, Double.NaN, 0.5, 0.25, 1.26, 0).toJson();
        assertThat(json).doesNotContain("\n");
        JsonNode node = new ObjectMapper().readTree(json);
        assertThat(node.get("run").asText()).isEqualTo("r\"1");
        assertThat(node.get("loss").isNull()).isTrue();
        assertThat(node.get("seconds").asDouble()).isEqualTo(1.3);
    }

    private static TrainingPlan demo(String run, String dataset) {
        List<String> arguments = new ArrayList<>(DemoRuns.arguments(run, dataset));
        arguments.addAll(List.of("--data-dir", Path.of(".").toString()));
        return parse(arguments);
    }

    private static BatchNorm norm(String... options) {
        return plan(options).architecture().norm();
    }

    private static TrainingPlan plan(String... options) {
        List<String> arguments = new ArrayList<>(List.of("--run", "r1"));
        arguments.addAll(List.of(options));
        return parse(arguments);
    }

    private static TrainingPlan parse(List<String> arguments) {
        TrainCommand command = new TrainCommand();
        arguments.addAll(List.of("--bootstrap", "localhost:9092"));
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        return TrainingPlan.of(command, new PrintWriter(Writer.nullWriter()));
    }
}
