package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.optimizer.Decay;
import dev.collapsemonitor.trainer.optimizer.ScheduleOptions;
import dev.collapsemonitor.trainer.optimizer.UpdateRule;
import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Options that choose update rule, learning rate and weight decay. */
final class OptimizerOptions {
    private static final double STEP_FACTOR = 0.1;
    private static final double COSINE_FACTOR = 0;

    @Option(
            names = "--optimizer",
            defaultValue = "sgd",
            description = "sgd (heavy ball), nesterov, adam, amsgrad, signsgd, signum; sgdw and adamw are sgd and adam"
                    + " with decoupled decay.")
    String optimizer;

    @Option(names = "--lr", defaultValue = "0.05", paramLabel = "RATE", description = "Learning rate at the start.")
    double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "KIND",
            description = "constant, step or cosine. Default: step with --lr-milestones, else constant.")
    String schedule;

    @Option(
            names = "--lr-milestones",
            showDefaultValue = Visibility.NEVER,
            split = ",",
            paramLabel = "FRACTION",
            description = "Fractions of the training at which the rate is multiplied by --lr-factor. Default: none.")
    List<Double> milestones = List.of();

    @Option(
            names = "--lr-factor",
            paramLabel = "X",
            description =
                    "Of step: what multiplies the rate at a milestone. Default: 0.1. Of cosine: the last rate over"
                            + " the first. Default: 0.")
    Double factor;

    @Option(
            names = "--warmup",
            defaultValue = "0",
            paramLabel = "STEPS",
            description = "Steps over which the rate rises linearly from 0.")
    long warmup;

    @Option(
            names = "--momentum",
            defaultValue = "0.9",
            paramLabel = "BETA",
            description = "Momentum of sgd, nesterov and signum; beta1 of adam and amsgrad.")
    double momentum;

    @Option(names = "--beta2", defaultValue = "0.999", description = "Of adam and amsgrad.")
    double beta2;

    @Option(names = "--epsilon", defaultValue = "1e-8", description = "Of adam and amsgrad.")
    double epsilon;

    @Option(names = "--weight-decay", defaultValue = "5e-4", paramLabel = "LAMBDA", description = "Weight decay.")
    double weightDecay;

    @Option(
            names = "--coupling",
            paramLabel = "KIND",
            description = "coupled (added to the gradient), decoupled (beside the update) or mixed. Default: decoupled"
                    + " for adamw and sgdw, else coupled.")
    String coupling;

    @Option(
            names = "--coupled-share",
            paramLabel = "SHARE",
            description = "With --coupling mixed: the share of the decay that is coupled, between 0 and 1.")
    Double coupledShare;

    UpdateRule rule() {
        return new UpdateRule(optimizer, learningRate, momentum, beta2, epsilon, schedule());
    }

    private ScheduleOptions schedule() {
        String kind = schedule != null ? schedule : milestones.isEmpty() ? "constant" : "step";
        double usual = switch (kind) {
            case "step" -> STEP_FACTOR;
            case "cosine" -> COSINE_FACTOR;
            default -> 1;
        };
        return new ScheduleOptions(kind, milestones, factor == null ? usual : factor, warmup);
    }

    Decay decay(UpdateRule rule) {
        if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw new UserException("--weight-decay " + weightDecay + " is not a number of 0 or more");
        }
        if (coupledShare != null && !"mixed".equals(coupling)) {
            throw new UserException("--coupled-share " + coupledShare + " is for --coupling mixed alone");
        }
        if (coupling == null) {
            return rule.decay(weightDecay);
        }
        return switch (coupling) {
            case "coupled" -> Decay.coupled(weightDecay);
            case "decoupled" -> Decay.decoupled(weightDecay);
            case "mixed" -> new Decay(weightDecay, requireShare());
            default ->
                throw new UserException("--coupling " + coupling + " is unknown; use coupled, decoupled or mixed");
        };
    }

    private double requireShare() {
        if (coupledShare == null || !(coupledShare >= 0 && coupledShare <= 1)) {
            throw new UserException("--coupling mixed needs --coupled-share between 0 and 1"
                    + (coupledShare == null ? "" : ", not " + coupledShare));
        }
        return coupledShare;
    }
}
