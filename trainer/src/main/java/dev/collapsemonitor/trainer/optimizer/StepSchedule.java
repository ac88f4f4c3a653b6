package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A learning rate that is multiplied by a factor at given fractions of the training, counted in steps: at step t it is
 * base · factor^#{milestones ≤ t / total}.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class StepSchedule implements ISchedule, DescribedSchedule {
    private static final long serialVersionUID = 1;

    private final double base;
    private final double factor;
    private final double[] milestones;
    private final long totalSteps;

    /**
     * A step schedule.
     *
     * @param milestones fractions of {@code totalSteps} in (0, 1), increasing; none: the rate is constant
     */
    @JsonCreator
    public StepSchedule(
            @JsonProperty("base") double base,
            @JsonProperty("factor") double factor,
            @JsonProperty("milestones") double[] milestones,
            @JsonProperty("totalSteps") long totalSteps) {
        this.base = base;
        this.factor = factor;
        this.milestones = milestones.clone();
        this.totalSteps = totalSteps;
    }

    /** The rate before the first milestone. */
    public double base() {
        return base;
    }

    /** What multiplies the rate at each milestone. */
    public double factor() {
        return factor;
    }

    /** Fractions of the total steps in (0, 1). */
    public double[] milestones() {
        return milestones.clone();
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        double rate = base;
        for (double milestone : milestones) {
            // Rounded, since 1/3 of 300 steps must be step 100 whatever the last bit of 1/3.
            if (iteration >= Math.round(milestone * totalSteps)) {
                rate *= factor;
            }
        }
        return rate;
    }

    @Override
    public Schedule describe() {
        Schedule.Builder described = Schedule.newBuilder()
                .setKind(milestones.length == 0 ? ScheduleKind.CONSTANT : ScheduleKind.STEP)
                .setBase(base);
        if (milestones.length > 0) {
            described.setFactor(factor);
        }
        for (double milestone : milestones) {
            described.addMilestones(milestone);
        }
        return described.build();
    }

    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod") // immutable
    public ISchedule clone() {
        return this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StepSchedule that
                && Double.compare(base, that.base) == 0
                && Double.compare(factor, that.factor) == 0
                && totalSteps == that.totalSteps
                && Arrays.equals(milestones, that.milestones);
    }

    @Override
    public int hashCode() {
        return Objects.hash(base, factor, totalSteps, Arrays.hashCode(milestones));
    }
}
