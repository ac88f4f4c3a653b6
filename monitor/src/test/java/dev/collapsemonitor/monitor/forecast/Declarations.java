package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.protocol.v1.WeightDecay;

/** Descriptors for tests to bend: cross-entropy, ten classes, a constant rate. */
public final class Declarations {
    private Declarations() {}

    public static RunDescriptor.Builder of(
            OptimizerKind kind, double rate, double momentum, double lambda, Coupling coupling, long steps) {
        return RunDescriptor.newBuilder()
                .setRun("r")
                .setAttempt(1)
                .setClasses(10)
                .setLoss(Loss.newBuilder().setKind(LossKind.CROSS_ENTROPY))
                .setOptimizer(Optimizer.newBuilder().setKind(kind).setMomentum(momentum))
                .setWeightDecay(WeightDecay.newBuilder().setLambda(lambda).setCoupling(coupling))
                .setSchedule(
                        Schedule.newBuilder().setKind(ScheduleKind.CONSTANT).setBase(rate))
                .setTotalSteps(steps);
    }

    /** The rate divided by ten at a third and at two thirds, as most published runs have it. */
    public static RunDescriptor.Builder inThirds(RunDescriptor.Builder descriptor) {
        descriptor
                .getScheduleBuilder()
                .setKind(ScheduleKind.STEP)
                .setFactor(0.1)
                .addMilestones(1.0 / 3)
                .addMilestones(2.0 / 3);
        return descriptor;
    }

    /** The rate of every step, as the trainer's schedules define it. */
    public static double[] rates(RunDescriptor descriptor) {
        Schedule schedule = descriptor.getSchedule();
        double[] rates = new double[(int) descriptor.getTotalSteps()];
        for (int t = 0; t < rates.length; t++) {
            double rate = schedule.getBase();
            if (schedule.getKind() == ScheduleKind.STEP) {
                for (double milestone : schedule.getMilestonesList()) {
                    rate *= t >= Math.round(milestone * rates.length) ? schedule.getFactor() : 1;
                }
            } else if (schedule.getKind() == ScheduleKind.COSINE) {
                double f = schedule.getFactor();
                rate *= f + (1 - f) * 0.5 * (1 + Math.cos(Math.PI * t / rates.length));
            }
            long warmup = schedule.getWarmupSteps();
            rates[t] = t < warmup ? rate * t / warmup : rate;
        }
        return rates;
    }
}
