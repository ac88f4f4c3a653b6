package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.DataLocation;
import dev.collapsemonitor.trainer.data.DataOptions;
import dev.collapsemonitor.trainer.data.DataSource;
import dev.collapsemonitor.trainer.data.DatasetCatalog;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import dev.collapsemonitor.trainer.optimizer.StepSchedule;
import dev.collapsemonitor.trainer.publish.SnapshotEpochs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** What a training run is to do: the options of {@link TrainCommand}, checked and turned into objects. */
record TrainingPlan(
        String bootstrap,
        String run,
        String experiment,
        DataSource data,
        int trainSamples,
        List<Integer> widths,
        boolean batchNorm,
        Rule rule,
        Decay decay,
        int epochs,
        int batchSize,
        TrainingLoss loss,
        long seed,
        SnapshotEpochs snapshots,
        int snapshotSamples,
        int snapshotTestSamples,
        Duration heartbeat,
        Map<String, String> hyperparameters) {

    private static final double ADAM_BETA2 = 0.999;
    private static final double ADAM_EPSILON = 1e-8;
    private static final double STEP_FACTOR = 0.1;

    static TrainingPlan of(TrainCommand options) {
        boolean adamw = isAdamW(options.optimizer);
        requirePositive("--lr", options.learningRate);
        requireRange("--momentum", options.momentum, 0, 1);
        requireRange("--weight-decay", options.weightDecay, 0, Double.POSITIVE_INFINITY);
        requireAtLeast("--epochs", options.epochs, 1);
        requireAtLeast("--batch-size", options.batchSize, options.batchNorm ? 2 : 1);
        requireAtLeast("--snapshot-samples", options.snapshotSamples, 1);
        requireAtLeast("--snapshot-test-samples", options.snapshotTestSamples, 0);
        requirePositive("--heartbeat", options.heartbeatSeconds);
        options.widths.forEach(width -> requireAtLeast("--widths", width, 1));
        if (options.trainSamples != null) {
            requireAtLeast("--train-samples", options.trainSamples, 1);
        }
        double previous = 0;
        for (double milestone : options.milestones) {
            if (!(milestone > previous && milestone < 1)) {
                throw new UserException(
                        "--lr-milestones " + options.milestones + " are not increasing fractions between 0 and 1");
            }
            previous = milestone;
        }
        boolean coupled = isCoupled(options.coupling, adamw);
        return new TrainingPlan(
                options.bootstrap,
                options.run,
                options.experiment,
                source(options.dataset, options.dataDir, options.seed),
                options.trainSamples == null ? Integer.MAX_VALUE : options.trainSamples,
                options.widths,
                options.batchNorm,
                new Rule(adamw, options.learningRate, options.milestones, options.momentum),
                coupled ? Decay.coupled(options.weightDecay) : Decay.decoupled(options.weightDecay),
                options.epochs,
                options.batchSize,
                loss(options.loss),
                options.seed,
                SnapshotEpochs.parse(options.snapshotEvery),
                options.snapshotSamples,
                options.snapshotTestSamples,
                Duration.ofMillis(Math.round(options.heartbeatSeconds * 1000)),
                hyperparameters(options, coupled));
    }

    /** An update rule, but for the number of steps, which the data decides. */
    record Rule(boolean adamw, double learningRate, List<Double> milestones, double momentum) {
        IUpdater updater(long totalSteps) {
            double[] fractions =
                    milestones.stream().mapToDouble(Double::doubleValue).toArray();
            StepSchedule schedule = new StepSchedule(learningRate, STEP_FACTOR, fractions, totalSteps);
            return adamw
                    ? Adam.builder()
                            .learningRate(learningRate)
                            .learningRateSchedule(schedule)
                            .beta1(momentum)
                            .beta2(ADAM_BETA2)
                            .epsilon(ADAM_EPSILON)
                            .build()
                    : new HeavyBall(schedule, momentum);
        }
    }

    private static DataSource source(String name, Path directory, long seed) {
        DataLocation location = DataLocation.of(Optional.ofNullable(directory), false, Optional.empty());
        return new DatasetCatalog().source(name, DataOptions.defaults(seed).at(location));
    }

    private static boolean isAdamW(String optimizer) {
        return switch (optimizer) {
            case "sgd" -> false;
            case "adamw" -> true;
            default -> throw new UserException("--optimizer " + optimizer + " is unknown; use sgd or adamw");
        };
    }

    private static boolean isCoupled(String coupling, boolean adamw) {
        if (coupling == null) {
            return !adamw;
        }
        return switch (coupling) {
            case "coupled" -> true;
            case "decoupled" -> false;
            default -> throw new UserException("--coupling " + coupling + " is unknown; use coupled or decoupled");
        };
    }

    private static TrainingLoss loss(String loss) {
        return switch (loss) {
            case "ce" -> TrainingLoss.CROSS_ENTROPY;
            case "mse" -> TrainingLoss.MSE;
            default -> throw new UserException("--loss " + loss + " is unknown; use ce or mse");
        };
    }

    private static Map<String, String> hyperparameters(TrainCommand options, boolean coupled) {
        Map<String, String> values = new TreeMap<>();
        values.put("optimizer", options.optimizer);
        values.put("lr", Double.toString(options.learningRate));
        values.put("momentum", Double.toString(options.momentum));
        values.put("weight_decay", Double.toString(options.weightDecay));
        values.put("coupling", coupled ? "coupled" : "decoupled");
        values.put("batch_size", Integer.toString(options.batchSize));
        values.put("batch_norm", Boolean.toString(options.batchNorm));
        values.put("loss", options.loss);
        values.put("seed", Long.toString(options.seed));
        values.put(
                "widths",
                String.join(",", options.widths.stream().map(String::valueOf).toList()));
        return values;
    }

    private static void requirePositive(String option, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UserException(option + " " + value + " is not a positive number");
        }
    }

    private static void requireRange(String option, double value, double from, double below) {
        if (!(value >= from && value < below)) {
            throw new UserException(option + " " + value + " is not in [" + from + ", " + below + ")");
        }
    }

    private static void requireAtLeast(String option, int value, int least) {
        if (value < least) {
            throw new UserException(option + " " + value + " is too small; give " + least + " or more");
        }
    }
}
