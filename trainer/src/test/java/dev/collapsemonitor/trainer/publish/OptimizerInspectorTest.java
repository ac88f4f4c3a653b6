package dev.collapsemonitor.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.trainer.optimizer.DescribedLoss;
import dev.collapsemonitor.trainer.optimizer.DescribedSchedule;
import dev.collapsemonitor.trainer.optimizer.DescribedUpdater;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class OptimizerInspectorTest {
    private static final Schedule COSINE = Schedule.newBuilder()
            .setKind(ScheduleKind.COSINE)
            .setBase(0.1)
            .setFactor(0.01)
            .setWarmupSteps(50)
            .build();

    @Test
    void shouldTakeARulesOwnWordForWhatItIs() {
        assertThat(OptimizerInspector.optimizer(new Sign())).isEqualTo(Sign.DESCRIPTION);
        assertThat(OptimizerInspector.optimizer(new HeavyBall(0.1, 0.9)).getKind())
                .isEqualTo(OptimizerKind.SGD);
    }

    @Test
    void shouldFindTheScheduleOfAnyRuleAndTakeItsOwnWord() {
        List<IUpdater> rules = List.of(
                new HeavyBall(new Cosine(), 0.9),
                new Sgd(new Cosine()),
                new Nesterovs(new Cosine(), 0.9),
                new Adam(new Cosine()),
                new RmsProp(new Cosine()));
        assertThat(rules)
                .allSatisfy(rule -> assertThat(OptimizerInspector.schedule(rule))
                        .as(rule.getClass().getSimpleName())
                        .isEqualTo(COSINE));
    }

    @Test
    void shouldLeaveUnsaidWhatItDoesNotKnow() {
        ISchedule unknown = new InverseSchedule(ScheduleType.ITERATION, 0.1, 0.5, 2);
        assertThat(OptimizerInspector.schedule(new Sgd(unknown)).getKind())
                .isEqualTo(ScheduleKind.SCHEDULE_UNSPECIFIED);
        assertThat(OptimizerInspector.optimizer(new RmsProp(0.1)).getKind())
                .isEqualTo(OptimizerKind.OPTIMIZER_UNSPECIFIED);
        assertThat(OptimizerInspector.optimizer(new RmsProp(0.1)).getName()).isEqualTo("RmsProp");
    }

    @Test
    void shouldCallARateWithoutScheduleConstant() {
        assertThat(OptimizerInspector.schedule(new HeavyBall(0.25, 0.9)))
                .isEqualTo(Schedule.newBuilder()
                        .setKind(ScheduleKind.CONSTANT)
                        .setBase(0.25)
                        .build());
    }

    @Test
    void shouldTakeALossFunctionsOwnWord() {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new OutputLayer.Builder(new Smoothed())
                        .nIn(4)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        network.init();
        List<NetworkNode> nodes = ObservedNetwork.of(network).nodes();
        NetworkInspector inspector = new NetworkInspector(nodes, EvaluationPass.over(nodes, Nd4j.ones(1, 4)));
        assertThat(inspector.loss()).isEqualTo(Smoothed.DESCRIPTION);
    }

    private static final class Sign extends Sgd implements DescribedUpdater {
        private static final long serialVersionUID = 1;
        private static final Optimizer DESCRIPTION = Optimizer.newBuilder()
                .setKind(OptimizerKind.SIGN_SGD)
                .setMomentum(0.9)
                .setName("Signum")
                .build();

        @Override
        public Optimizer describe() {
            return DESCRIPTION;
        }
    }

    private static final class Cosine implements ISchedule, DescribedSchedule {
        private static final long serialVersionUID = 1;

        @Override
        public double valueAt(int iteration, int epoch) {
            return 0.1;
        }

        @Override
        @SuppressWarnings("MethodDoesntCallSuperMethod") // immutable
        public ISchedule clone() {
            return this;
        }

        @Override
        public Schedule describe() {
            return COSINE;
        }
    }

    private static final class Smoothed extends LossMCXENT implements DescribedLoss {
        private static final long serialVersionUID = 1;
        private static final Loss DESCRIPTION = Loss.newBuilder()
                .setKind(LossKind.CROSS_ENTROPY)
                .setScale(1)
                .setLabelSmoothing(0.1)
                .build();

        @Override
        public Loss describe() {
            return DESCRIPTION;
        }
    }
}
