package dev.collapsemonitor.monitor.forecast;

import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import java.util.Arrays;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The declared learning rate η_t of every step t ≥ 0 as stretches of constant rate.
 *
 * <p>Steps are those of {@code StepSchedule}, {@code CosineSchedule} and {@code WarmUp} of the trainer. A part of the
 * training where the rate changes with every step is exact up to {@value #MOST_PIECES} steps; a longer one is cut into
 * that many pieces, each with the rate of its middle, which moves Σ η_t by less than 1e-5 of what it comes to: so a descriptor that
 * announces 10¹² steps costs no more than one that announces a thousand. After the declared end the last rate goes on.
 */
public final class LearningRates {
    /** Pieces of one part of the training in which the rate is not constant. */
    static final int MOST_PIECES = 512;

    private static final int MOST_MILESTONES = 1_000;

    private final long[] begins;
    private final double[] rates;
    private final double[] clocks; // at the begin of each stretch

    private LearningRates(long[] begins, double[] rates) {
        this.begins = begins;
        this.rates = rates;
        clocks = new double[begins.length];
        for (int i = 1; i < begins.length; i++) {
            clocks[i] = clocks[i - 1] + rates[i - 1] * (begins[i] - begins[i - 1]);
        }
    }

    /** The rates that a descriptor declares, or none when it does not say all that is needed. */
    public static Optional<LearningRates> of(RunDescriptor descriptor) {
        Schedule schedule = descriptor.getSchedule();
        boolean needsTotal = schedule.getKind() == ScheduleKind.COSINE
                || (schedule.getKind() == ScheduleKind.STEP && schedule.getMilestonesCount() > 0);
        boolean known = switch (schedule.getKind()) {
            case CONSTANT -> true;
            case STEP, COSINE -> !needsTotal || descriptor.getTotalSteps() > 0;
            case SCHEDULE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
        known &= schedule.getMilestonesCount() <= MOST_MILESTONES;
        if (!known || !(schedule.getBase() > 0 && schedule.getBase() < Double.POSITIVE_INFINITY)) {
            return Optional.empty();
        }
        if (needsTotal && !(schedule.getFactor() >= 0 && schedule.getFactor() < Double.POSITIVE_INFINITY)) {
            return Optional.empty();
        }
        return Optional.of(stretches(schedule, Math.max(0, descriptor.getTotalSteps())));
    }

    private static LearningRates stretches(Schedule schedule, long total) {
        long warmup = Math.max(0, schedule.getWarmupSteps());
        NavigableSet<Long> begins = new TreeSet<>();
        begins.add(0L);
        cut(begins, 0, warmup);
        if (schedule.getKind() == ScheduleKind.COSINE) {
            cut(begins, 0, total);
        }
        if (schedule.getKind() == ScheduleKind.STEP) {
            schedule.getMilestonesList().forEach(milestone -> begins.add(Math.round(milestone * total)));
        }
        long[] stretches =
                begins.tailSet(0L).stream().mapToLong(Long::longValue).toArray();
        double[] rates = new double[stretches.length];
        for (int i = 0; i < rates.length; i++) {
            double middle =
                    i + 1 < rates.length ? stretches[i] + (stretches[i + 1] - 1 - stretches[i]) / 2.0 : stretches[i];
            rates[i] = rate(schedule, total, warmup, stretches[i], middle);
        }
        return new LearningRates(stretches, rates);
    }

    /** Adds the begins of pieces of [from, to). */
    private static void cut(NavigableSet<Long> begins, long from, long to) {
        long pieces = Math.min(MOST_PIECES, to - from);
        for (long i = 1; i <= pieces; i++) {
            begins.add(from + (long) ((double) (to - from) * i / pieces));
        }
    }

    /** At a step, which may lie between two; {@code begin} decides on which side of a milestone. */
    private static double rate(Schedule schedule, long total, long warmup, long begin, double step) {
        double rate = schedule.getBase();
        if (schedule.getKind() == ScheduleKind.STEP) {
            for (double milestone : schedule.getMilestonesList()) {
                if (begin >= Math.round(milestone * total)) {
                    rate *= schedule.getFactor();
                }
            }
        } else if (schedule.getKind() == ScheduleKind.COSINE) {
            double fraction = schedule.getFactor();
            rate *= fraction + (1 - fraction) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / total)));
        }
        return begin >= warmup ? rate : rate * step / warmup;
    }

    /** η_t. */
    public double at(long step) {
        return rates[stretch(step)];
    }

    /** Σ_{u<t} η_u: the training clock but for the constant factor of momentum. */
    public double clock(long step) {
        int i = stretch(step);
        return clocks[i] + rates[i] * (step - begins[i]);
    }

    int stretches() {
        return begins.length;
    }

    long begin(int stretch) {
        return begins[stretch];
    }

    double rate(int stretch) {
        return rates[stretch];
    }

    /** The stretch that a step belongs to. */
    int stretch(long step) {
        int found = Arrays.binarySearch(begins, Math.max(0, step));
        return found >= 0 ? found : -found - 2;
    }
}
