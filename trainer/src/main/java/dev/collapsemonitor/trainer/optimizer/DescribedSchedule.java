package dev.collapsemonitor.trainer.optimizer;

import dev.collapsemonitor.protocol.v1.Schedule;

/** A learning-rate schedule that can say what it is, so that the monitor can forecast it. */
public interface DescribedSchedule {
    /** The schedule in the words of the contract. */
    Schedule describe();
}
