package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.model.TrainingLoss;
import picocli.CommandLine.Option;

/** Options that say what is minimised and for how long. */
final class LossOptions {
    @Option(names = "--loss", defaultValue = "ce", description = "ce (cross-entropy) or mse.")
    String loss;

    @Option(
            names = "--label-smoothing",
            defaultValue = "0",
            paramLabel = "S",
            description = "Of ce: share of the target that is spread evenly over the classes.")
    double labelSmoothing;

    @Option(names = "--epochs", defaultValue = "40", paramLabel = "N", description = "Epochs.")
    int epochs;

    @Option(names = "--batch-size", defaultValue = "64", paramLabel = "N", description = "Samples of one step.")
    int batchSize;

    @Option(names = "--seed", defaultValue = "1", description = "Of data, initial weights and order.")
    long seed;

    TrainingLoss choice() {
        return switch (loss) {
            case "ce" -> TrainingLoss.smoothed(labelSmoothing);
            case "mse" -> new TrainingLoss(TrainingLoss.Kind.MSE, labelSmoothing);
            default -> throw new UserException("--loss " + loss + " is unknown; use ce or mse");
        };
    }
}
