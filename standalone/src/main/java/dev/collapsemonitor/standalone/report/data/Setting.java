package dev.collapsemonitor.standalone.report.data;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Runs that differ by their seed only.
 *
 * @param values of the hyper-parameters that tell it from other settings, in their order; empty where a run has none
 * @param runs by name
 */
public record Setting(Map<String, String> values, List<Run> runs) {
    /** Hyper-parameters whose values say what they are values of. */
    private static final Set<String> SPEAKING = Set.of("optimizer", "model", "dataset", "loss", "schedule", "coupling");

    /** As legends have it: the values, behind their names where they do not speak for themselves. */
    public String label() {
        return label(List.of());
    }

    /** The same without some hyper-parameters. */
    public String label(Collection<String> without) {
        String label = values.entrySet().stream()
                .filter(value -> !without.contains(value.getKey()))
                .map(value -> label(value.getKey(), value.getValue()))
                .collect(Collectors.joining(", "));
        return label.isEmpty() ? "all runs" : label;
    }

    /** One hyper-parameter as legends have it. */
    public static String label(String key, String value) {
        if (value.isEmpty()) {
            return "no " + HyperParameters.display(key);
        }
        return SPEAKING.contains(key) ? value : HyperParameters.display(key) + " " + value;
    }

    /** The seeds of its runs. */
    TreeSet<String> seeds() {
        TreeSet<String> seeds = new TreeSet<>(HyperParameters.ORDER);
        runs.forEach(run -> seeds.add(run.hyperParameters().getOrDefault(HyperParameters.SEED, "")));
        return seeds;
    }
}
