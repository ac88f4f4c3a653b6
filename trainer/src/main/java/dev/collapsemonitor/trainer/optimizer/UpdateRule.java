package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * An update rule by name, with its constants, but for the number of steps.
 *
 * <p>{@code sgd} is {@link HeavyBall}; {@code nesterov}, {@code adam} and {@code amsgrad} are DL4J's, of which the last
 * two take ε beside the root of the uncorrected second moment and AMSGrad corrects the bias as Adam does;
 * {@code signum} and {@code signsgd} (without momentum) are {@link Signum}. {@code sgdw} and {@code adamw} are
 * {@code sgd} and {@code adam} whose weight decay is decoupled unless told otherwise.
 *
 * @param name one of {@link #NAMES}
 * @param momentum β of sgd, nesterov and signum, β₁ of adam and amsgrad; signsgd has none whatever stands here
 * @param beta2 of adam and amsgrad
 * @param epsilon of adam and amsgrad
 */
public record UpdateRule(
        String name, double learningRate, double momentum, double beta2, double epsilon, ScheduleOptions schedule) {
    /** Names of the rules. */
    public static final List<String> NAMES =
            List.of("sgd", "sgdw", "nesterov", "adam", "adamw", "amsgrad", "signsgd", "signum");

    /** The usual β₂. */
    public static final double DEFAULT_BETA2 = 0.999;

    /** The usual ε. */
    public static final double DEFAULT_EPSILON = 1e-8;

    public UpdateRule {
        if (!NAMES.contains(name)) {
            throw new UserException("optimizer " + name + " is unknown; use one of " + String.join(", ", NAMES));
        }
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new UserException("learning rate " + learningRate + " of " + name + " is not a positive number");
        }
        requireFraction(name, "momentum", momentum);
        requireFraction(name, "beta2", beta2);
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new UserException("epsilon " + epsilon + " of " + name + " is not a positive number");
        }
    }

    /** A rule with the usual β₂ and ε. */
    public UpdateRule(String name, double learningRate, double momentum, ScheduleOptions schedule) {
        this(name, learningRate, momentum, DEFAULT_BETA2, DEFAULT_EPSILON, schedule);
    }

    /** Whether weight decay is decoupled when nothing else is said. */
    public boolean decouplesDecay() {
        return name.equals("sgdw") || name.equals("adamw");
    }

    /** Weight decay λ as the name of the rule implies it. */
    public Decay decay(double lambda) {
        return decouplesDecay() ? Decay.decoupled(lambda) : Decay.coupled(lambda);
    }

    /** The rule for a training of so many steps. */
    public IUpdater updater(long totalSteps) {
        ISchedule rate = schedule.schedule(learningRate, totalSteps);
        return switch (name) {
            case "sgd", "sgdw" -> new HeavyBall(rate, momentum);
            case "nesterov" ->
                Nesterovs.builder()
                        .learningRate(learningRate)
                        .learningRateSchedule(rate)
                        .momentum(momentum)
                        .build();
            case "adam", "adamw" ->
                Adam.builder()
                        .learningRate(learningRate)
                        .learningRateSchedule(rate)
                        .beta1(momentum)
                        .beta2(beta2)
                        .epsilon(epsilon)
                        .build();
            case "amsgrad" ->
                AMSGrad.builder()
                        .learningRate(learningRate)
                        .learningRateSchedule(rate)
                        .beta1(momentum)
                        .beta2(beta2)
                        .epsilon(epsilon)
                        .build();
            case "signsgd" -> new Signum(rate, 0);
            case "signum" -> new Signum(rate, momentum);
            default -> throw new IllegalStateException("no rule is named " + name);
        };
    }

    private static void requireFraction(String name, String constant, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new UserException(constant + " " + value + " of " + name + " is not in [0, 1)");
        }
    }
}
