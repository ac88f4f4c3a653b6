package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.trainer.data.Dataset;
import dev.collapsemonitor.trainer.data.Samples;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.Mlp;
import dev.collapsemonitor.trainer.model.ShuffledBatches;
import dev.collapsemonitor.trainer.model.Training;
import dev.collapsemonitor.trainer.publish.CollapsePublisher;
import dev.collapsemonitor.trainer.publish.SnapshotSamples;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.factory.Nd4j;

/** Loads the data, builds the network, trains and publishes. */
final class TrainingRun {
    private static final int EVALUATION_BATCH = 500;

    private final TrainingPlan plan;
    private final PrintWriter progress;
    private double lastLoss = Double.NaN;

    TrainingRun(TrainingPlan plan, PrintWriter progress) {
        this.plan = plan;
        this.progress = progress;
    }

    TrainingSummary execute() {
        long begin = System.nanoTime();
        Dataset dataset = plan.data().load();
        Samples train = dataset.train().balancedSubset(plan.trainSamples(), plan.seed());
        ShuffledBatches batches = new ShuffledBatches(train, plan.batchSize(), plan.seed());
        long totalSteps = (long) batches.batchesPerEpoch() * plan.epochs();
        try (CollapsePublisher listener = listener(dataset, train, batches)) {
            MultiLayerNetwork network = new Mlp(plan.widths(), plan.batchNorm() ? BatchNorm.ALL : BatchNorm.NONE)
                    .build(
                            dataset.shape(),
                            train.classes(),
                            new Training(plan.loss(), plan.rule().updater(totalSteps), plan.decay(), plan.seed()));
            network.setListeners(listener);
            say(
                    "%s: %d samples of %s, %d parameters, %d steps",
                    plan.run(), train.size(), dataset.name(), network.numParams(), totalSteps);
            try {
                network.fit(batches, plan.epochs());
            } catch (RuntimeException e) {
                listener.failed(e);
                throw e;
            }
            return new TrainingSummary(
                    plan.run(),
                    plan.epochs(),
                    network.getIterationCount(),
                    lastLoss,
                    error(network, train),
                    error(network, dataset.test()),
                    (System.nanoTime() - begin) / 1e9,
                    listener.dropped());
        }
    }

    private CollapsePublisher listener(Dataset dataset, Samples train, ShuffledBatches batches) {
        CollapsePublisher.Builder builder = CollapsePublisher.builder(plan.bootstrap(), plan.run(), plan.epochs())
                .experiment(plan.experiment())
                .dataset(dataset.name())
                .trainingData(SnapshotSamples.of(train, plan.snapshotSamples(), plan.seed()))
                .snapshots(plan.snapshots())
                .heartbeat(plan.heartbeat())
                .stepsPerEpoch(batches.batchesPerEpoch())
                .observer(this::snapshotTaken);
        if (plan.snapshotTestSamples() > 0) {
            builder.testData(SnapshotSamples.of(dataset.test(), plan.snapshotTestSamples(), plan.seed()));
        }
        plan.hyperparameters().forEach(builder::hyperparameter);
        return builder.build();
    }

    private void snapshotTaken(int epoch, long step, double loss, double accuracy) {
        lastLoss = loss;
        say(
                "%s: epoch %d of %d, step %d, loss %.4g, accuracy %.4f",
                plan.run(), epoch, plan.epochs(), step, loss, accuracy);
    }

    private void say(String format, Object... values) {
        progress.println(String.format(Locale.ROOT, format, values));
        progress.flush();
    }

    private static double error(MultiLayerNetwork network, Samples samples) {
        int wrong = 0;
        int dimension = samples.dimension();
        for (int from = 0; from < samples.size(); from += EVALUATION_BATCH) {
            int to = Math.min(samples.size(), from + EVALUATION_BATCH);
            float[] rows = Arrays.copyOfRange(samples.features(), from * dimension, to * dimension);
            int[] predicted = network.output(Nd4j.createFromArray(rows).reshape('c', to - from, dimension), false)
                    .argMax(1)
                    .toIntVector();
            for (int i = from; i < to; i++) {
                wrong += predicted[i - from] == samples.labels()[i] ? 0 : 1;
            }
        }
        return (double) wrong / samples.size();
    }
}
