package dev.collapsemonitor.standalone.report.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which hyper-parameters vary over runs, and the runs by the values of some. */
public final class Settings {
    private Settings() {}

    /** Every hyper-parameter of any of the runs, but for the seed. */
    public static Set<String> names(Collection<Run> runs) {
        Set<String> names = new TreeSet<>();
        runs.forEach(run -> names.addAll(run.hyperParameters().keySet()));
        names.remove(HyperParameters.SEED);
        return names;
    }

    /**
     * The hyper-parameters, but for the seed, that do not have one value in all runs. One that only repeats what others say,
     * as the coupling repeats adam or adamw, is left out unless the trainer named it.
     */
    public static List<String> varied(Collection<Run> runs) {
        Set<String> named = new TreeSet<>();
        runs.forEach(run -> named.addAll(run.descriptor().settings().keySet()));
        List<String> varied = new ArrayList<>();
        List<String> derived = new ArrayList<>();
        for (String name : names(runs)) {
            if (values(runs, name).size() > 1) {
                (named.contains(name) ? varied : derived).add(name);
            }
        }
        for (String name : derived) {
            List<String> finer = new ArrayList<>(varied);
            finer.add(name);
            if (group(runs, finer).size() > group(runs, varied).size()) {
                varied.add(name);
            }
        }
        // Words before numbers: a figure that must be split is split by the optimizer rather than by λ.
        varied.sort(Comparator.<String, Boolean>comparing(name -> isNumeric(runs, name))
                .thenComparing(Comparator.naturalOrder()));
        return varied;
    }

    /** What has one value in all runs. */
    public static SortedMap<String, String> common(Collection<Run> runs) {
        SortedMap<String, String> common = new TreeMap<>();
        for (String name : names(runs)) {
            List<String> values = values(runs, name);
            if (values.size() == 1) {
                common.put(name, values.get(0));
            }
        }
        return common;
    }

    /** The values of a hyper-parameter, in order; empty where a run has none. */
    public static List<String> values(Collection<Run> runs, String name) {
        TreeSet<String> values = new TreeSet<>(HyperParameters.ORDER);
        runs.forEach(run -> values.add(run.hyperParameters().getOrDefault(name, "")));
        return List.copyOf(values);
    }

    /** Whether all values are numbers. */
    public static boolean isNumeric(Collection<Run> runs, String name) {
        return values(runs, name).stream().allMatch(HyperParameters::isNumber);
    }

    /** The runs by the values of some hyper-parameters, in the order of these. */
    public static List<Setting> group(Collection<Run> runs, List<String> by) {
        Map<Map<String, String>, List<Run>> groups = new LinkedHashMap<>();
        for (Run run : runs) {
            Map<String, String> values = new LinkedHashMap<>();
            by.forEach(name -> values.put(name, run.hyperParameters().getOrDefault(name, "")));
            groups.computeIfAbsent(values, key -> new ArrayList<>()).add(run);
        }
        List<Setting> settings = new ArrayList<>();
        groups.forEach((values, members) -> settings.add(new Setting(values, List.copyOf(members))));
        Comparator<Setting> order = Comparator.comparingInt(setting -> 0);
        for (String name : by) {
            order = order.thenComparing(setting -> setting.values().get(name), HyperParameters.ORDER);
        }
        settings.sort(order);
        return settings;
    }

    /** The runs whose hyper-parameters have one of the given values each. */
    public static List<Run> select(Collection<Run> runs, Map<String, List<String>> where) {
        return runs.stream()
                .filter(run -> where.entrySet().stream()
                        .allMatch(condition -> condition.getValue().stream()
                                .anyMatch(value -> HyperParameters.same(
                                        value, run.hyperParameters().getOrDefault(condition.getKey(), "")))))
                .toList();
    }

    /** Such as {@code 36 runs (12 settings × 3 seeds)}. */
    public static String count(List<Setting> settings) {
        int runs = settings.stream().mapToInt(setting -> setting.runs().size()).sum();
        Set<Integer> sizes = new HashSet<>();
        Set<String> seeds = new LinkedHashSet<>();
        settings.forEach(setting -> {
            sizes.add(setting.runs().size());
            seeds.addAll(setting.seeds());
        });
        String all = plural(runs, "run");
        boolean repeated = sizes.size() == 1 && runs > settings.size();
        boolean seeded = repeated && seeds.size() * settings.size() == runs;
        return repeated
                ? all + " (" + plural(settings.size(), "setting") + " × " + runs / settings.size()
                        + (seeded ? " seeds)" : " runs)")
                : all + " (" + plural(settings.size(), "setting") + ")";
    }

    private static String plural(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
