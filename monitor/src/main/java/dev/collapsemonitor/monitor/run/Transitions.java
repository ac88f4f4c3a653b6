package dev.collapsemonitor.monitor.run;

import dev.collapsemonitor.monitor.phase.Phase;
import dev.collapsemonitor.monitor.phase.PhaseTrack.Transition;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Status and phase of a run against its newest event: where they differ, the run has changed, and there is one event more.
 * Nothing else decides, so neither a restart nor a result that comes late or twice repeats an event, and none is lost.
 */
public final class Transitions {
    /** Subject of an event about the status. */
    public static final String STATUS = "status";

    /** Subject of an event about the phase. */
    public static final String PHASE = "phase";

    private static final Set<String> METRICS =
            Set.of("nc0", "nc0_norm", "nc0_relative", "nc1", "nc2_etf_means", "nc3", "nc4", "error_rate");

    private Transitions() {}

    /** The events that a run is due; they have to be {@linkplain Run#add added} to it. */
    public static List<Alert> due(Run run, RunStatus status) {
        List<Alert> due = new ArrayList<>();
        String statusBefore = run.newestEvent(STATUS, RunStatus.RUNNING.name());
        if (!statusBefore.equals(status.name())) {
            due.add(common(run, STATUS, statusBefore, status.name())
                    .setSequence(run.nextEventSequence())
                    .setStep(run.progress().getStep())
                    .setEpoch(run.progress().getEpoch())
                    .setReason(reason(run, status))
                    .build());
        }
        Phase phase = run.insight().phases().phase();
        String phaseBefore = run.newestEvent(PHASE, Phase.WARMING_UP.name());
        if (!phaseBefore.equals(phase.name())) {
            due.add(phaseEvent(run, phaseBefore, phase)
                    .setSequence(run.nextEventSequence() + due.size())
                    .build());
        }
        return due;
    }

    private static Alert.Builder phaseEvent(Run run, String before, Phase phase) {
        Alert.Builder event = common(run, PHASE, before, phase.name()).setReason(phase.meaning());
        List<Transition> transitions = run.insight().phases().transitions();
        if (!transitions.isEmpty()) { // else an earlier attempt was replaced
            Transition newest = transitions.get(transitions.size() - 1);
            event.setStep(newest.at().step()).setEpoch(newest.at().epoch());
            LayerResult result = Trajectory.results(run).get(newest.at().step());
            if (result != null) {
                METRICS.forEach(event::removeMetrics); // those of the step instead of the newest
                add(event, result);
            }
        }
        return event;
    }

    private static Alert.Builder common(Run run, String subject, String from, String to) {
        Alert.Builder event = Alert.newBuilder()
                .setRun(run.name())
                .setExperiment(run.descriptor().getExperiment())
                .setAttempt(run.attempt())
                .setSubject(subject)
                .setFrom(from)
                .setTo(to)
                .setTimeMs(run.lastRecordMillis());
        Trajectory.results(run).values().stream()
                .reduce((older, newer) -> newer)
                .ifPresent(newest -> add(event, newest));
        Progress progress = run.progress();
        if (progress.hasLoss() && Double.isFinite(progress.getLoss())) {
            event.putMetrics("loss", progress.getLoss());
        }
        if (progress.hasAccuracy()) {
            event.putMetrics("accuracy", progress.getAccuracy());
        }
        return event;
    }

    private static void add(Alert.Builder event, LayerResult result) {
        result.getMetricsMap().forEach((name, value) -> {
            if (METRICS.contains(name) && Double.isFinite(value)) {
                event.putMetrics(name, value);
            }
        });
    }

    private static String reason(Run run, RunStatus status) {
        return switch (status) {
            case RUNNING -> "records of the run arrive";
            case SILENT ->
                "nothing arrived for longer than the promised "
                        + run.descriptor().getHeartbeatIntervalMs() / 1000.0 + " s";
            case FINISHED -> "the trainer reported the end";
            case FAILED -> run.progress().getReason();
            case DIVERGED ->
                run.insight().lossDiverged()
                        ? "the loss rose far above its first value in the terminal phase"
                        : "NaN or infinity in features, weights or loss";
        };
    }
}
