package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.trainer.optimizer.HeavyBall;
import dev.collapsemonitor.trainer.optimizer.StepSchedule;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;

/** Reads an update rule of DL4J. What it does not know stays unsaid: a forecast from a guess would be worse than none. */
final class OptimizerInspector {
    private OptimizerInspector() {}

    static Optimizer optimizer(IUpdater updater) {
        Optimizer.Builder optimizer =
                Optimizer.newBuilder().setName(updater.getClass().getSimpleName());
        if (updater instanceof HeavyBall rule) {
            optimizer.setKind(OptimizerKind.SGD).setMomentum(rule.momentum());
        } else if (updater instanceof Sgd) {
            optimizer.setKind(OptimizerKind.SGD);
        } else if (updater instanceof Nesterovs rule) {
            optimizer.setKind(OptimizerKind.NESTEROV).setMomentum(rule.getMomentum());
        } else if (updater instanceof Adam rule) {
            optimizer
                    .setKind(OptimizerKind.ADAM)
                    .setMomentum(rule.getBeta1())
                    .setBeta2(rule.getBeta2())
                    .setEpsilon(rule.getEpsilon());
        } else if (updater instanceof AMSGrad rule) {
            optimizer
                    .setKind(OptimizerKind.AMSGRAD)
                    .setMomentum(rule.getBeta1())
                    .setBeta2(rule.getBeta2())
                    .setEpsilon(rule.getEpsilon());
        }
        return optimizer.build();
    }

    static Schedule schedule(IUpdater updater) {
        if (!updater.hasLearningRate()) {
            return Schedule.getDefaultInstance();
        }
        ISchedule schedule = scheduleOf(updater);
        if (schedule == null) {
            return Schedule.newBuilder()
                    .setKind(ScheduleKind.CONSTANT)
                    .setBase(updater.getLearningRate(0, 0))
                    .build();
        }
        if (schedule instanceof StepSchedule steps) {
            Schedule.Builder described = Schedule.newBuilder()
                    .setKind(steps.milestones().length == 0 ? ScheduleKind.CONSTANT : ScheduleKind.STEP)
                    .setBase(steps.base())
                    .setFactor(steps.factor());
            for (double milestone : steps.milestones()) {
                described.addMilestones(milestone);
            }
            return described.build();
        }
        return Schedule.newBuilder().setBase(updater.getLearningRate(0, 0)).build();
    }

    private static ISchedule scheduleOf(IUpdater updater) {
        if (updater instanceof HeavyBall rule) {
            return rule.schedule();
        }
        if (updater instanceof Sgd rule) {
            return rule.getLearningRateSchedule();
        }
        if (updater instanceof Nesterovs rule) {
            return rule.getLearningRateSchedule();
        }
        if (updater instanceof Adam rule) {
            return rule.getLearningRateSchedule();
        }
        return updater instanceof AMSGrad rule ? rule.getLearningRateSchedule() : null;
    }
}
