package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.Names;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.DataSource;
import dev.collapsemonitor.trainer.data.Transformation;
import dev.collapsemonitor.trainer.model.ArchitectureOptions;
import dev.collapsemonitor.trainer.model.BatchNorm;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.UpdateRule;
import dev.collapsemonitor.trainer.publish.Broker;
import java.io.PrintWriter;
import java.util.Map;

/**
 * What a training run is to do: the options of {@link TrainCommand}, checked and turned into objects.
 *
 * @param transformation of the training set
 * @param settings all that decides how the network is trained, by option
 */
record TrainingPlan(
        Broker broker,
        String run,
        String experiment,
        DataSource data,
        Transformation transformation,
        String model,
        ArchitectureOptions architecture,
        UpdateRule rule,
        Decay decay,
        TrainingLoss loss,
        int epochs,
        int batchSize,
        long seed,
        CheckpointOptions checkpoints,
        PublishingOptions publishing,
        Map<String, String> settings) {

    /**
     * Checks everything that can be checked without the data.
     *
     * @param progress where a download says how far it is
     */
    static TrainingPlan of(TrainCommand options, PrintWriter progress) {
        try {
            Names.requireRun(options.run);
            Names.requireExperiment(options.experiment);
        } catch (InvalidRecordException e) {
            throw new UserException(e.getMessage(), e);
        }
        ArchitectureOptions architecture = options.model.choice();
        UpdateRule rule = options.optimizer.rule();
        long seed = options.training.seed;
        Requirements.atLeast("--epochs", options.training.epochs, 1);
        // One sample has no variance to divide by.
        Requirements.atLeast("--batch-size", options.training.batchSize, architecture.norm() == BatchNorm.NONE ? 1 : 2);
        options.publishing.check();
        options.checkpoints.check();
        return new TrainingPlan(
                options.kafka.broker(),
                options.run,
                options.experiment,
                options.data.source(options.files.location(), seed, progress),
                options.data.transformation(seed),
                options.model.model,
                architecture,
                rule,
                options.optimizer.decay(rule),
                options.training.choice(),
                options.training.epochs,
                options.training.batchSize,
                seed,
                options.checkpoints,
                options.publishing,
                TrainingSettings.of(options.spec));
    }
}
