package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Schedule;

/** A learning-rate schedule that says in the contract's terms what it is: the forecast of NC0 needs it. */
public interface DescribedSchedule {
    /** What the run's descriptor says about the schedule: kind, base rate, milestones, factor, warm-up. */
    Schedule describe();
}
