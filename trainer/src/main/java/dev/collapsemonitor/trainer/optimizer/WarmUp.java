package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Schedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A linear warm-up from 0 before another schedule: at step t &lt; warm-up steps w the rate is t/w of what the schedule
 * says for step t; from step w on it is the schedule's. The schedule's own clock starts with the training.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public record WarmUp(ISchedule schedule, long steps) implements ISchedule, DescribedSchedule {
    @JsonCreator
    public WarmUp(@JsonProperty("schedule") ISchedule schedule, @JsonProperty("steps") long steps) {
        this.schedule = schedule;
        this.steps = steps;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        double rate = schedule.valueAt(iteration, epoch);
        return iteration >= steps ? rate : rate * iteration / steps;
    }

    @Override
    public Schedule describe() {
        Schedule described = schedule instanceof DescribedSchedule known
                ? known.describe()
                : Schedule.newBuilder().setBase(schedule.valueAt(0, 0)).build();
        return described.toBuilder().setWarmupSteps(steps).build();
    }

    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod") // the interface asks for clone(); the fields are all it has
    public ISchedule clone() {
        return new WarmUp(schedule.clone(), steps);
    }
}
