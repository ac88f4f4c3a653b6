package dev.collapsemonitor.trainer.sweep;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.command.TrainArguments;
import dev.collapsemonitor.trainer.settings.NearestName;
import dev.collapsemonitor.trainer.settings.YamlFile;
import dev.collapsemonitor.trainer.settings.YamlValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Reads a sweep file, whose keys are all known to be options of {@code train} afterwards. */
final class SweepFile {
    static final String SEED = "seed";

    private static final Set<String> KEYS =
            new TreeSet<>(Set.of("experiment", "common", "grid", "list", "seeds", "concurrent", "name", "report"));
    private static final Set<String> SET_BY_THE_SWEEP =
            Set.of("run", "experiment", "bootstrap", "kafka-config", "json", "resume", "checkpoint-dir");

    private final String file;
    private final Map<String, YamlValue> values;
    private final Set<String> options = TrainArguments.options();

    private SweepFile(String file, Map<String, YamlValue> values) {
        this.file = file;
        this.values = values;
    }

    /**
     * Reads a file. What its key {@code report} says is for the report of the experiment alone.
     *
     * @param set settings of all runs that win over those below {@code common}
     * @throws UserException naming file and key that are wrong
     */
    static SweepDefinition read(Path path, Map<String, String> set) {
        String name = "sweep file " + path;
        return new SweepFile(name, YamlFile.read(name, path).values()).definition(baseName(path), set);
    }

    /** The file's name without its ending. */
    static String baseName(Path path) {
        return path.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    }

    private SweepDefinition definition(String usualExperiment, Map<String, String> set) {
        for (String key : values.keySet()) {
            if (!KEYS.contains(key)) {
                throw new UserException(file + " has a key \"" + key + "\" that no sweep has; its keys are "
                        + String.join(", ", KEYS)
                        + (options.contains(key) ? "; options of train belong below common" : ""));
            }
        }
        Map<String, String> common = settings("common", values.get("common"));
        set.keySet().forEach(key -> requireOption("--set", key));
        common.putAll(set);
        Map<String, List<String>> grid = grid();
        List<Map<String, String>> list = list();
        List<String> seeds = seeds();
        Set<String> varied = new TreeSet<>(grid.keySet());
        if (values.containsKey("seeds")) {
            requireOnce(varied, Set.of(SEED), "seeds");
        }
        list.forEach(entry -> requireOnce(varied, entry.keySet(), "list"));
        if (values.containsKey("seeds")) {
            list.forEach(entry -> requireOnce(Set.of(SEED), entry.keySet(), "list"));
        }
        for (String key : set.keySet()) {
            boolean ofSeeds = key.equals(SEED) && values.containsKey("seeds");
            if (ofSeeds || grid.containsKey(key) || list.stream().anyMatch(entry -> entry.containsKey(key))) {
                throw new UserException(
                        file + " varies \"" + key + "\", so --set cannot give it one value; leave one of them out");
            }
        }
        return new SweepDefinition(
                file,
                text("experiment").orElse(usualExperiment),
                common,
                grid,
                list,
                seeds,
                concurrent(),
                text("name"));
    }

    private void requireOnce(Set<String> taken, Set<String> keys, String where) {
        for (String key : keys) {
            if (taken.contains(key)) {
                throw new UserException(file + " varies \"" + key + "\" twice, the second time in " + where
                        + "; leave it in one place");
            }
        }
    }

    private Map<String, List<String>> grid() {
        Map<String, List<String>> grid = new LinkedHashMap<>();
        if (values.containsKey("grid")) {
            entries("grid", values.get("grid")).forEach((key, value) -> {
                requireOption("grid", key);
                List<String> texts = texts(value);
                if (texts.isEmpty()) {
                    throw new UserException(file + ": grid gives \"" + key + "\" no value; give one or more");
                }
                grid.put(key, texts);
            });
        }
        return grid;
    }

    private List<Map<String, String>> list() {
        if (!values.containsKey("list")) {
            return List.of(Map.of());
        }
        if (!(values.get("list") instanceof YamlValue.Items items)
                || items.values().isEmpty()) {
            throw new UserException(file + ": list is no list of settings; write one {key: value, …} per line");
        }
        List<Map<String, String>> list = new ArrayList<>();
        items.values().forEach(entry -> list.add(settings("list", entry)));
        return list;
    }

    private List<String> seeds() {
        if (!values.containsKey("seeds")) {
            return List.of("");
        }
        List<String> seeds = texts(values.get("seeds"));
        if (seeds.isEmpty()) {
            throw new UserException(file + ": seeds is empty; give one or more, or leave it out");
        }
        return seeds;
    }

    private OptionalInt concurrent() {
        Optional<String> text = text("concurrent");
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!text.get().matches("[1-9]\\d{0,3}")) {
            throw new UserException(file + ": concurrent " + text.get() + " is no number of runs; give 1 or more");
        }
        return OptionalInt.of(Integer.parseInt(text.get()));
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key)).map(YamlValue::asOption);
    }

    private Map<String, String> settings(String where, YamlValue value) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (value != null) {
            entries(where, value).forEach((key, setting) -> {
                requireOption(where, key);
                settings.put(key, setting.asOption());
            });
        }
        return settings;
    }

    private Map<String, YamlValue> entries(String where, YamlValue value) {
        if (value instanceof YamlValue.Entries entries) {
            return entries.values();
        }
        throw new UserException(
                file + ": " + where + " has \"" + value.asOption() + "\" where settings should be; write key: value");
    }

    private void requireOption(String where, String key) {
        if (SET_BY_THE_SWEEP.contains(key)) {
            throw new UserException(file + ": " + where + " sets \"" + key + "\", which the sweep sets itself; "
                    + (key.equals("run") ? "choose names with name" : "leave it out"));
        }
        if (!options.contains(key)) {
            throw new UserException(file + ": " + where + " sets \"" + key + "\", which is no option of train"
                    + NearestName.hint(key, options));
        }
    }

    /** A single value counts as a list of one. */
    private static List<String> texts(YamlValue value) {
        return value instanceof YamlValue.Items items
                ? items.values().stream().map(YamlValue::asOption).toList()
                : List.of(value.asOption());
    }
}
