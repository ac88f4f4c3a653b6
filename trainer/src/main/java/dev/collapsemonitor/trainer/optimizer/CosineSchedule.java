package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Half a cosine over the training: at step t of T the rate is base · (f + (1 − f) · ½(1 + cos(πt/T))), f the final rate
 * over the base (arXiv 1608.03983, without restarts).
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public record CosineSchedule(double base, double finalFraction, long totalSteps)
        implements ISchedule, DescribedSchedule {
    @JsonCreator
    public CosineSchedule(
            @JsonProperty("base") double base,
            @JsonProperty("finalFraction") double finalFraction,
            @JsonProperty("totalSteps") long totalSteps) {
        this.base = base;
        this.finalFraction = finalFraction;
        this.totalSteps = totalSteps;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        double done = Math.min(1, (double) iteration / totalSteps);
        return base * (finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * done)));
    }

    @Override
    public Schedule describe() {
        return Schedule.newBuilder()
                .setKind(ScheduleKind.COSINE)
                .setBase(base)
                .setFactor(finalFraction)
                .build();
    }

    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod") // immutable
    public ISchedule clone() {
        return this;
    }
}
