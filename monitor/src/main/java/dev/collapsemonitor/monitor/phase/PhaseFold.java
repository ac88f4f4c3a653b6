package dev.collapsemonitor.monitor.phase;

import dev.collapsemonitor.monitor.forecast.ForecastCheck;
import dev.collapsemonitor.monitor.phase.PhaseTrack.Transition;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/** The state machine: one snapshot of the classifier after the other, in the order of steps. */
final class PhaseFold {
    private final PhaseSettings settings;
    private final TrainingClock clock;
    private final Exclusion exclusion;
    private final List<Observation> observations = new ArrayList<>();
    private final List<Transition> transitions = new ArrayList<>();
    private Phase phase = Phase.WARMING_UP;
    private Phase candidate = Phase.WARMING_UP;
    private int candidateHeld;
    private int terminal = -1; // index of the first snapshot in the terminal phase of training
    private double firstNc0Norm = Double.NaN;
    private double bestNc1 = Double.POSITIVE_INFINITY;
    private double bestNc3 = Double.POSITIVE_INFINITY;

    PhaseFold(PhaseSettings settings, RunDescriptor declared) {
        this.settings = settings;
        clock = new TrainingClock(declared);
        exclusion = Exclusion.of(declared);
    }

    PhaseTrack track() {
        OptionalLong since = terminal < 0
                ? OptionalLong.empty()
                : OptionalLong.of(observations.get(terminal).step());
        return new PhaseTrack(phase, transitions, since);
    }

    void observe(Observation now) {
        observations.add(now);
        if (Double.isNaN(firstNc0Norm)) {
            firstNc0Norm = now.nc0Norm();
        }
        if (terminal < 0 && isTerminal(now)) {
            terminal = observations.size() - 1;
        }
        if (terminal >= 0) {
            judge(now).ifPresent(judged -> hold(judged, now));
            bestNc1 = better(bestNc1, now.nc1());
            bestNc3 = better(bestNc3, now.nc3());
        }
    }

    private static double better(double best, double value) {
        return value < best ? value : best; // not for NaN
    }

    private boolean isTerminal(Observation now) {
        return Double.isNaN(now.errorRate())
                ? now.accuracy() >= settings.terminalAccuracy()
                : now.errorRate() <= settings.terminalError();
    }

    private void hold(Phase judged, Observation now) {
        candidateHeld = judged == candidate ? candidateHeld + 1 : 1;
        candidate = judged;
        if (candidate != phase && candidateHeld >= settings.hysteresis()) {
            transitions.add(new Transition(phase, candidate, now));
            phase = candidate;
        }
    }

    /** The phase that a snapshot alone speaks for; empty when it says too little. */
    private Optional<Phase> judge(Observation now) {
        if (Double.isNaN(now.nc1()) && Double.isNaN(now.nc3())) {
            return Optional.empty();
        }
        Trend nc1 = trend(Observation::nc1);
        Trend nc3 = trend(Observation::nc3);
        if (reverses(now.nc1(), bestNc1, nc1) || reverses(now.nc3(), bestNc3, nc3)) {
            return Optional.of(Phase.REVERSING);
        }
        boolean spread = now.nc1() <= settings.nc1() && now.nc2() <= settings.nc2();
        boolean dual = now.nc3() <= settings.nc3();
        boolean balanced = isBalanced(now);
        if (spread && dual && balanced) {
            return Optional.of(Phase.COLLAPSED);
        }
        Trend nc0 = trend(Observation::nc0Relative);
        if (!balanced && isExcluded(now, nc0)) {
            return Optional.of(Phase.EXCLUDED);
        }
        if (nc1.falls(settings) || nc3.falls(settings)) {
            return Optional.of(Phase.COLLAPSING);
        }
        boolean nc3Stays = now.nc3() > settings.nc3() && nc3.stays(settings);
        if (spread && (nc3Stays || (!balanced && nc0.stays(settings)))) {
            return Optional.of(Phase.PARTIAL);
        }
        boolean bothStay = stays(now.nc1(), nc1) && stays(now.nc3(), nc3);
        return bothStay ? Optional.of(Phase.STALLED) : Optional.empty();
    }

    /** Whether a metric surely does not fall; one that is undefined does not. */
    private boolean stays(double value, Trend trend) {
        return Double.isNaN(value) || trend.stays(settings);
    }

    private boolean reverses(double value, double best, Trend trend) {
        return value > settings.reversal() * best && trend.rises(settings);
    }

    /** Whether NC0 is at its level, or so small that it is float32's round-off. */
    private boolean isBalanced(Observation now) {
        return now.nc0Relative() <= settings.nc0Relative()
                || now.nc0Norm() <= settings.nc0Norm() * firstNc0Norm
                || now.nc0Norm() <= ForecastCheck.FLOOR * now.weightNorm();
    }

    private boolean isExcluded(Observation now, Trend nc0) {
        return switch (exclusion) {
            case DECLARED -> nc0.isKnown() && !nc0.falls(settings);
            case IMPOSSIBLE -> false;
            case UNKNOWN ->
                trend(Observation::nc0Relative, secondHalfOfTerminal()).rises(settings);
        };
    }

    /**
     * Over the last snapshots; where noise hides what these do, over the second half of the terminal phase, then over the
     * whole of it.
     */
    private Trend trend(ToDoubleFunction<Observation> metric) {
        double now = clock.at(newest().step());
        double since = now - settings.windowSpan() * now;
        int from = Math.max(terminal, observations.size() - settings.window());
        while (from > terminal && clock.at(observations.get(from).step()) > since) {
            from--;
        }
        Trend trend = trend(metric, from);
        for (int longer : new int[] {secondHalfOfTerminal(), terminal}) {
            if (!trend.falls(settings) && !trend.stays(settings) && longer < from) {
                trend = trend(metric, longer);
            }
        }
        return trend;
    }

    private Trend trend(ToDoubleFunction<Observation> metric, int from) {
        List<Trend.Point> points = observations.subList(from, observations.size()).stream()
                .map(seen -> new Trend.Point(clock.at(seen.step()), metric.applyAsDouble(seen)))
                .toList();
        return Trend.of(points, clock.at(newest().step()));
    }

    private int secondHalfOfTerminal() {
        double middle = (clock.at(observations.get(terminal).step()) + clock.at(newest().step())) / 2;
        int from = terminal;
        while (clock.at(observations.get(from).step()) < middle) {
            from++;
        }
        return from;
    }

    private Observation newest() {
        return observations.get(observations.size() - 1);
    }
}
