package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.UserException;
import java.util.List;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * How a learning rate changes over a training, but for its base and the number of steps.
 *
 * @param kind one of {@link #KINDS}
 * @param milestones for {@code step}: fractions of the training in (0, 1), increasing
 * @param factor for {@code step}: what multiplies the rate at each milestone; for {@code cosine}: final rate over base
 * @param warmupSteps steps of a linear warm-up from 0; 0: none
 */
public record ScheduleOptions(String kind, List<Double> milestones, double factor, long warmupSteps) {
    /** Names of the kinds. */
    public static final List<String> KINDS = List.of("constant", "step", "cosine");

    private static final double STEP_FACTOR = 0.1;

    public ScheduleOptions {
        milestones = List.copyOf(milestones);
        if (!KINDS.contains(kind)) {
            throw new UserException(
                    "learning-rate schedule " + kind + " is unknown; use one of " + String.join(", ", KINDS));
        }
        if (kind.equals("step") == milestones.isEmpty()) {
            throw new UserException("learning-rate schedule " + kind
                    + (milestones.isEmpty() ? " needs milestones, fractions between 0 and 1" : " has no milestones"));
        }
        double previous = 0;
        for (double milestone : milestones) {
            if (!(milestone > previous && milestone < 1)) {
                throw new UserException(
                        "learning-rate milestones " + milestones + " are not increasing fractions between 0 and 1");
            }
            previous = milestone;
        }
        if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
            throw new UserException("learning-rate factor " + factor + " is not a number from 0 on");
        }
        if (warmupSteps < 0) {
            throw new UserException("warm-up of " + warmupSteps + " steps is negative; give 0 for none");
        }
    }

    /** A constant rate. */
    public static ScheduleOptions constant() {
        return new ScheduleOptions("constant", List.of(), 1, 0);
    }

    /** A rate divided by ten at given fractions of the training; none: constant. */
    public static ScheduleOptions step(List<Double> milestones) {
        return milestones.isEmpty() ? constant() : new ScheduleOptions("step", milestones, STEP_FACTOR, 0);
    }

    /** A rate that follows half a cosine down to 0. */
    public static ScheduleOptions cosine() {
        return new ScheduleOptions("cosine", List.of(), 0, 0);
    }

    /** The same after a linear warm-up from 0. */
    public ScheduleOptions warmUp(long steps) {
        return new ScheduleOptions(kind, milestones, factor, steps);
    }

    /** The rate of every step of a training of so many steps. */
    public ISchedule schedule(double base, long totalSteps) {
        ISchedule schedule = kind.equals("cosine")
                ? new CosineSchedule(base, factor, totalSteps)
                : new StepSchedule(
                        base,
                        factor,
                        milestones.stream().mapToDouble(Double::doubleValue).toArray(),
                        totalSteps);
        return warmupSteps == 0 ? schedule : new WarmUp(schedule, warmupSteps);
    }
}
