package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.trainer.optimizer.DescribedSchedule;
import dev.collapsemonitor.trainer.optimizer.DescribedUpdater;
import java.lang.reflect.Method;
import java.util.Set;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;

/** Reads an update rule of DL4J. What it does not know stays unsaid: a forecast from a guess would be worse than none. */
final class OptimizerInspector {
    private static final Set<String> SCHEDULE_GETTERS = Set.of("getLearningRateSchedule", "schedule");

    private OptimizerInspector() {}

    static Optimizer optimizer(IUpdater updater) {
        if (updater instanceof DescribedUpdater rule) {
            return rule.describe();
        }
        Optimizer.Builder optimizer =
                Optimizer.newBuilder().setName(updater.getClass().getSimpleName());
        if (updater instanceof Sgd) {
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
        if (schedule instanceof DescribedSchedule described) {
            return described.describe();
        }
        return Schedule.newBuilder().setBase(updater.getLearningRate(0, 0)).build();
    }

    /** The schedule of the rate, or null. DL4J's rules share the name of its getter, but no type that has it. */
    private static ISchedule scheduleOf(IUpdater updater) {
        for (Method method : updater.getClass().getMethods()) {
            if (SCHEDULE_GETTERS.contains(method.getName())
                    && method.getParameterCount() == 0
                    && ISchedule.class.isAssignableFrom(method.getReturnType())) {
                try {
                    return (ISchedule) method.invoke(updater);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("cannot read the schedule of " + updater, e);
                }
            }
        }
        return null;
    }
}
