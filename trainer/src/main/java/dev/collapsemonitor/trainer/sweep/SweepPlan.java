package dev.collapsemonitor.trainer.sweep;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.command.TrainArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The runs of a sweep, all of them checked.
 *
 * @param concurrent runs at a time, if the file says so
 * @param producer settings of the Kafka clients of the first run
 */
public record SweepPlan(String experiment, List<SweepRun> runs, OptionalInt concurrent, Map<String, String> producer) {
    /** Some address, since the checks want one. */
    private static final String ANY_BOOTSTRAP = "--bootstrap=localhost:9092";

    /**
     * Reads a file and expands it.
     *
     * @param set settings of all runs, by option without dashes, that win over those that the file has in common
     * @throws UserException when the file, a run or a name is wrong; nothing has been started then
     */
    public static SweepPlan read(Path file, Map<String, String> set) {
        SweepDefinition definition = SweepFile.read(file, set);
        RunNames names = new RunNames(definition);
        List<SweepRun> runs = new ArrayList<>();
        Map<String, String> producer = Map.of();
        for (Map<String, String> varied : variations(definition)) {
            Map<String, String> values = new LinkedHashMap<>(definition.common());
            values.putAll(varied);
            String name = names.next(varied, values);
            List<String> arguments = new ArrayList<>();
            arguments.add("--run=" + name);
            arguments.add("--experiment=" + definition.experiment());
            values.forEach((key, value) -> arguments.add("--" + key + "=" + value));
            TrainArguments checked = check(definition, name, arguments);
            if (runs.isEmpty()) {
                producer = checked.producer();
            }
            runs.add(new SweepRun(name, varied, List.copyOf(arguments), checked.settings()));
        }
        return new SweepPlan(definition.experiment(), List.copyOf(runs), definition.concurrent(), producer);
    }

    private static TrainArguments check(SweepDefinition definition, String name, List<String> arguments) {
        List<String> complete = new ArrayList<>(arguments);
        complete.add(ANY_BOOTSTRAP);
        // Checkpoints are on in a sweep: how often may be chosen.
        complete.add("--checkpoint-dir=.");
        try {
            return TrainArguments.check(complete);
        } catch (UserException e) {
            throw new UserException(definition.file() + ", run " + name + ": " + e.getMessage(), e);
        }
    }

    /** What each run sets of its own: list entry by list entry, the last key of the grid and the seed changing first. */
    private static List<Map<String, String>> variations(SweepDefinition definition) {
        List<Map<String, String>> variations = new ArrayList<>();
        definition.list().forEach(entry -> variations.add(new LinkedHashMap<>(entry)));
        List<Map<String, String>> all = variations;
        for (Map.Entry<String, List<String>> axis : definition.grid().entrySet()) {
            all = times(all, axis.getKey(), axis.getValue());
        }
        return definition.seeds().equals(List.of("")) ? all : times(all, SweepFile.SEED, definition.seeds());
    }

    private static List<Map<String, String>> times(
            List<Map<String, String>> variations, String key, List<String> values) {
        List<Map<String, String>> product = new ArrayList<>();
        for (Map<String, String> variation : variations) {
            for (String value : values) {
                Map<String, String> longer = new LinkedHashMap<>(variation);
                longer.put(key, value);
                product.add(longer);
            }
        }
        return product;
    }
}
