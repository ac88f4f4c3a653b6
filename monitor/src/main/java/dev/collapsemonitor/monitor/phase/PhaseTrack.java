package dev.collapsemonitor.monitor.phase;

import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.util.List;
import java.util.OptionalLong;

/**
 * The phases that a run went through.
 *
 * @param phase the newest
 * @param transitions how it came to it, oldest first; empty before the first
 * @param terminalStep step of the first snapshot of the terminal phase of training; empty before
 */
public record PhaseTrack(Phase phase, List<Transition> transitions, OptionalLong terminalStep) {
    /** Before the first snapshot. */
    public static final PhaseTrack NONE = new PhaseTrack(Phase.WARMING_UP, List.of(), OptionalLong.empty());

    public PhaseTrack {
        transitions = List.copyOf(transitions);
    }

    /**
     * A change of phase.
     *
     * @param at the snapshot that decided it, the last of those that the phase had to hold for
     */
    public record Transition(Phase from, Phase to, Observation at) {}

    /**
     * Folds the snapshots of one training.
     *
     * @param observations in the order of steps, each step once
     */
    public static PhaseTrack of(PhaseSettings settings, RunDescriptor declared, List<Observation> observations) {
        PhaseFold fold = new PhaseFold(settings, declared);
        observations.forEach(fold::observe);
        return fold.track();
    }
}
