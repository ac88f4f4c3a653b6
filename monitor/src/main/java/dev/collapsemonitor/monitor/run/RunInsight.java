package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.monitor.forecast.ForecastCheck;
import dev.collapsemonitor.monitor.forecast.ForecastCheck.Measured;
import dev.collapsemonitor.monitor.forecast.RowSumForecast;
import dev.collapsemonitor.monitor.forecast.RowSumForecast.ClosedForm;
import dev.collapsemonitor.monitor.phase.LossDivergence;
import dev.collapsemonitor.monitor.phase.Observation;
import dev.collapsemonitor.monitor.phase.PhaseSettings;
import dev.collapsemonitor.monitor.phase.PhaseTrack;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What follows from everything known of a run: its phase, its forecast, and whether the two agree. A pure function of the
 * run, made anew when it has changed.
 *
 * @param phases of the training
 * @param forecast from the descriptor alone
 * @param start first measured row sum, where the forecast starts; empty as long as there is none
 * @param finding how the measured row sum contradicts the forecast; empty when it does not
 * @param lossDiverged whether the loss has left what was reached in the terminal phase
 * @param classes K, the rows of the classifier; 0 when not known
 */
public record RunInsight(
        PhaseTrack phases,
        RowSumForecast forecast,
        Optional<Observation> start,
        Optional<String> finding,
        boolean lossDiverged,
        int classes) {
    /** Of a run of which nothing is known. */
    public static final RunInsight NONE = new RunInsight(
            PhaseTrack.NONE,
            RowSumForecast.of(RunDescriptor.getDefaultInstance()),
            Optional.empty(),
            Optional.empty(),
            false,
            0);

    /** What follows from a run as it is now. */
    public static RunInsight of(Run run, PhaseSettings settings) {
        RunDescriptor declared = run.descriptor();
        List<Observation> observations = Trajectory.of(run);
        PhaseTrack phases = PhaseTrack.of(settings, declared, observations);
        List<Observation> measured = observations.stream()
                .filter(seen -> Double.isFinite(seen.nc0Norm()) && Double.isFinite(seen.weightNorm()))
                .toList();
        return new RunInsight(
                phases,
                RowSumForecast.of(declared),
                measured.stream().findFirst(),
                ForecastCheck.finding(
                        declared,
                        measured.stream()
                                .map(seen -> new Measured(seen.step(), seen.nc0Norm(), seen.weightNorm()))
                                .toList(),
                        settings.hysteresis()),
                LossDivergence.of(settings, phases.terminalStep(), losses(run)),
                classes(run));
    }

    private static int classes(Run run) {
        if (run.descriptor().getClasses() > 0) {
            return run.descriptor().getClasses();
        }
        return run.layers().stream()
                .filter(layer -> layer.getClassifier() && layer.getWeightDimsCount() > 0)
                .mapToInt(layer -> (int) layer.getWeightDims(0))
                .findFirst()
                .orElse(0);
    }

    private static NavigableMap<Long, Double> losses(Run run) {
        NavigableMap<Long, Double> losses = new TreeMap<>();
        run.progressHistory().stream()
                .filter(Progress::hasLoss)
                .forEach(progress -> losses.put(progress.getStep(), progress.getLoss()));
        return losses;
    }

    /** NC0 at a step as forecast from its first measured value; NaN where there is no curve. */
    public double nc0Forecast(long step) {
        return forecast instanceof ClosedForm curve
                        && start.isPresent()
                        && classes > 0
                        && step >= start.get().step()
                ? curve.nc0(start.get().step(), firstNc0(), step)
                : Double.NaN;
    }

    /** B of the whole run; NaN where it has no meaning. */
    public double decayBudget() {
        return forecast instanceof ClosedForm curve ? curve.decayBudget() : Double.NaN;
    }

    /** The forecast in one sentence, with the value that NC0 ends near once it was measured. */
    public String sentence() {
        return forecast instanceof ClosedForm curve && start.isPresent() && classes > 0
                ? curve.sentence(start.get().step(), firstNc0())
                : forecast.sentence();
    }

    private double firstNc0() {
        double norm = start.orElseThrow().nc0Norm();
        return norm * norm / classes;
    }
}
