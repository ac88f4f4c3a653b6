package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.model.ArchitectureOptions;
import dev.collapsemonitor.trainer.model.Architectures;
import dev.collapsemonitor.trainer.model.BatchNorm;
import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Options that choose the network. */
final class ModelOptions {
    @Option(
            names = "--model",
            defaultValue = "mlp",
            description = "mlp, residual-mlp, deep-linear, vgg, resnet, densenet or ufm (unconstrained features).")
    String model;

    @Option(
            names = "--widths",
            showDefaultValue = Visibility.NEVER,
            split = ",",
            paramLabel = "N",
            description = "Hidden widths, from the input on, of mlp, residual-mlp and deep-linear; dimension of the"
                    + " features of ufm. Default: the model's own; of mlp 256,128,64.")
    List<Integer> widths = List.of();

    @Option(
            names = "--depth",
            defaultValue = "0",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Weight layers of vgg, resnet and densenet; of others, how often a single width is repeated."
                    + " Default: the model's own.")
    int depth;

    @Option(
            names = "--width-multiplier",
            defaultValue = "1",
            paramLabel = "X",
            description = "Times the model's own widths, channels and growth rates.")
    double widthMultiplier;

    @Option(
            names = "--batch-norm",
            arity = "0..1",
            defaultValue = "all",
            fallbackValue = "all",
            paramLabel = "none|all|last",
            description = "Batch normalisation: none, after all hidden layers, or before the last non-linearity only.")
    String batchNorm;

    @Option(names = "--no-batch-norm", description = "The same as --batch-norm=none.")
    boolean noBatchNorm;

    @Option(
            names = "--bias",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Biases of the layers that batch normalisation does not follow.")
    boolean bias;

    @Option(names = "--residual", description = "Shortcuts: turns mlp into residual-mlp.")
    boolean residual;

    /** The choice, for any number of samples. */
    ArchitectureOptions choice() {
        ArchitectureOptions options =
                new ArchitectureOptions(widths, depth, widthMultiplier, norm(), bias, residual, 0);
        // Refused now rather than once the data is there; one sample stands for any number.
        Architectures.of(model, options.withSamples(1));
        return options;
    }

    private BatchNorm norm() {
        if (noBatchNorm) {
            return BatchNorm.NONE;
        }
        return switch (batchNorm) {
            case "none" -> BatchNorm.NONE;
            case "all" -> BatchNorm.ALL;
            case "last" -> BatchNorm.LAST;
            default -> throw new UserException("--batch-norm " + batchNorm + " is unknown; use none, all or last");
        };
    }
}
