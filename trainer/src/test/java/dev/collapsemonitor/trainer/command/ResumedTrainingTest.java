package dev.collapsemonitor.trainer.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.trainer.checkpoint.CheckpointDirectory;
import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.model.Architectures;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine;

/** A training that was interrupted between two epochs and goes on from its checkpoint ends as if it never had been. */
class ResumedTrainingTest {
    private static final int EPOCHS = 5;
    private static final int INTERRUPTED = 2;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--widths=12 --optimizer=sgd --lr=0.05 --lr-milestones=0.5",
                "--widths=12,8 --optimizer=adam --lr=1e-3 --schedule=cosine --warmup=10 --label-smoothing=0.1",
                "--widths=12 --optimizer=adamw --lr=1e-3 --loss=mse --batch-norm=none",
                "--model=resnet --depth=8 --width-multiplier=0.125 --optimizer=sgd --coupling=mixed --coupled-share=0.3"
                        + " --train-samples=60",
            })
    void shouldEndWithTheSameBitsInWeightsAndOptimizer(String options) {
        TrainingPlan plan = plan(options);
        TrainableNetwork uninterrupted = network(plan);
        ShuffledBatches batches = batches(plan);
        new TrainingLoop(uninterrupted, batches, EPOCHS).run(batches, epoch -> {});

        CheckpointDirectory checkpoints = new CheckpointDirectory(directory, plan.run(), plan.settings());
        TrainableNetwork interrupted = network(plan);
        ShuffledBatches second = batches(plan);
        new TrainingLoop(interrupted, second, INTERRUPTED).run(second, epoch -> checkpoints.save(interrupted.model()));

        TrainableNetwork resumed = new TrainableNetwork(
                checkpoints.newest(line -> {}).orElseThrow().network());
        assertThat(resumed.epochs()).isEqualTo(INTERRUPTED);
        assertThat(resumed.steps()).isEqualTo(INTERRUPTED * batches.batchesPerEpoch());
        ShuffledBatches third = batches(plan);
        List<Integer> told = new ArrayList<>();
        new TrainingLoop(resumed, third, EPOCHS).run(third, told::add);

        assertThat(told).containsExactly(3, 4, 5);
        assertThat(resumed.steps()).isEqualTo(uninterrupted.steps());
        assertThat(bits(resumed.model().params()))
                .isEqualTo(bits(uninterrupted.model().params()));
        assertThat(bits(optimizerState(resumed.model()))).isEqualTo(bits(optimizerState(uninterrupted.model())));
    }

    private static TrainingPlan plan(String options) {
        TrainCommand command = new TrainCommand();
        new CommandLine(command)
                .parseArgs(("--run=r --bootstrap=nowhere:1 --batch-size=16 --epochs=" + EPOCHS + " --seed=3 "
                                + (options.contains("--train-samples") ? "" : "--train-samples=100 ")
                                + options)
                        .split(" "));
        return TrainingPlan.of(command, new PrintWriter(Writer.nullWriter()));
    }

    private static ShuffledBatches batches(TrainingPlan plan) {
        return new ShuffledBatches(train(plan), plan.batchSize(), plan.seed());
    }

    private static final Map<Long, Dataset> DATA = new java.util.HashMap<>();

    private static Samples train(TrainingPlan plan) {
        Dataset dataset = DATA.computeIfAbsent(plan.seed(), seed -> plan.data().load());
        return plan.transformation().apply(dataset.train());
    }

    private static TrainableNetwork network(TrainingPlan plan) {
        Samples train = train(plan);
        long steps = (long) EPOCHS * batches(plan).batchesPerEpoch();
        Dataset dataset = DATA.get(plan.seed());
        return new TrainableNetwork(Architectures.of(plan.model(), plan.architecture())
                .build(
                        dataset.shape(),
                        train.classes(),
                        new Training(plan.loss(), plan.rule().updater(steps), plan.decay(), plan.seed())));
    }

    private static INDArray optimizerState(Model model) {
        return model instanceof ComputationGraph graph
                ? graph.getUpdater().getStateViewArray()
                : ((MultiLayerNetwork) model).getUpdater().getStateViewArray();
    }

    /** As bits: equality of floats takes 0 and -0 for the same. */
    private static int[] bits(INDArray values) {
        float[] floats = values.dup().data().asFloat();
        int[] bits = new int[floats.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(floats[i]);
        }
        return bits;
    }
}
