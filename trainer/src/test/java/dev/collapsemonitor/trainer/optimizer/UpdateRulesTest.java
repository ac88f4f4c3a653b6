package dev.collapsemonitor.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.collapsemonitor.trainer.data.SampleShape;
import dev.collapsemonitor.trainer.model.Architecture;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Each rule, decay and schedule against update steps written by hand, on softmax regression. */
class UpdateRulesTest {
    private static final int STEPS = 20;
    private static final double RATE = 0.05;
    private static final double MOMENTUM = 0.9;
    private static final double LAMBDA = 0.1;

    /** A schedule and, written again, its rates. */
    private record Rates(ScheduleOptions schedule, IntToDoubleFunction byHand) {
        @Override
        public String toString() {
            return schedule.kind() + (schedule.warmupSteps() > 0 ? " after warm-up" : "");
        }
    }

    private static final List<Rates> RATES = List.of(
            new Rates(ScheduleOptions.constant(), t -> RATE),
            new Rates(ScheduleOptions.step(List.of(0.25, 0.75)), t -> RATE * (t < 5 ? 1 : t < 15 ? 0.1 : 0.01)),
            new Rates(ScheduleOptions.cosine(), t -> RATE * (1 + Math.cos(Math.PI * t / STEPS)) / 2),
            new Rates(
                    ScheduleOptions.step(List.of(0.5)).warmUp(6),
                    t -> RATE * (t < 6 ? t / 6.0 : 1) * (t < 10 ? 1 : 0.1)));

    static Stream<Arguments> rules() {
        return Stream.of("sgd", "nesterov", "adam", "amsgrad", "signsgd", "signum")
                .flatMap(rule -> Stream.of(Decay.coupled(LAMBDA), Decay.decoupled(LAMBDA), new Decay(LAMBDA, 0.3))
                        .flatMap(decay -> RATES.stream().map(rates -> Arguments.of(rule, decay, rates))));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldStepAsWrittenByHand(String rule, Decay decay, Rates rates) {
        MultiLayerNetwork network = network(rule, decay, rates);
        Layer layer = network.getLayer(Architecture.CLASSIFIER);
        StepsByHand expected = new StepsByHand(layer.getParam("W").toDoubleMatrix());
        DataSet batch = batch();
        for (int t = 0; t < STEPS; t++) {
            network.fit(batch);
            expected.step(rule, rates.byHand().applyAsDouble(t), MOMENTUM, decay);
            double[][] weights = layer.getParam("W").toDoubleMatrix();
            for (int j = 0; j < StepsByHand.INPUTS; j++) {
                assertThat(weights[j]).as("weights after step " + t).containsExactly(expected.w[j], offset(1e-6));
            }
            assertThat(layer.getParam("b").toDoubleVector())
                    .as("bias after step " + t)
                    .containsExactly(expected.w[StepsByHand.INPUTS], offset(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldSurviveTheConfigurationsJson(String rule, Decay decay, Rates rates) {
        MultiLayerConfiguration written = network(rule, decay, rates).getLayerWiseConfigurations();
        MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(written.toJson());
        assertThat(read.toJson()).isEqualTo(written.toJson());
        assertThat(read.getConf(0).getLayer()).isEqualTo(written.getConf(0).getLayer());
    }

    private static MultiLayerNetwork network(String rule, Decay decay, Rates rates) {
        UpdateRule update = new UpdateRule(rule, RATE, MOMENTUM, rates.schedule());
        return new Mlp(List.of(), BatchNorm.NONE)
                .build(
                        SampleShape.flat(StepsByHand.INPUTS),
                        StepsByHand.CLASSES,
                        new Training(TrainingLoss.CROSS_ENTROPY, update.updater(STEPS), decay, 7));
    }

    private static DataSet batch() {
        double[][] oneHot = new double[StepsByHand.Y.length][StepsByHand.CLASSES];
        for (int i = 0; i < oneHot.length; i++) {
            oneHot[i][StepsByHand.Y[i]] = 1;
        }
        return new DataSet(
                Nd4j.create(StepsByHand.X).castTo(DataType.FLOAT),
                Nd4j.create(oneHot).castTo(DataType.FLOAT));
    }
}
