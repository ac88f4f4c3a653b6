package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which results are wanted; what is left open is not restricted.
 *
 * @param runs names; empty for all
 * @param layers names; empty for all
 * @param newestAttempt of each run only
 */
public record Selection(
        Set<String> runs,
        Optional<String> experiment,
        Set<String> layers,
        Optional<Mode> mode,
        Optional<Split> split,
        OptionalInt attempt,
        boolean newestAttempt) {
    /** Everything. */
    public static final Selection ALL = new Selection(
            Set.of(), Optional.empty(), Set.of(), Optional.empty(), Optional.empty(), OptionalInt.empty(), false);

    public Selection {
        runs = Set.copyOf(runs);
        layers = Set.copyOf(layers);
    }

    boolean hasRun(String run, String experimentOfRun) {
        return (runs.isEmpty() || runs.contains(run))
                && experiment.map(experimentOfRun::equals).orElse(true);
    }

    boolean hasAttempt(int number, int newestOfRun) {
        return (attempt.isEmpty() || attempt.getAsInt() == number) && (!newestAttempt || number == newestOfRun);
    }

    boolean hasLayer(String layer) {
        return layers.isEmpty() || layers.contains(layer);
    }

    boolean has(Mode modeOfResult, Split splitOfResult) {
        return mode.map(modeOfResult::equals).orElse(true)
                && split.map(splitOfResult::equals).orElse(true);
    }
}
