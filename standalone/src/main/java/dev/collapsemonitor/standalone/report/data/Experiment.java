package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.export.DescriptorRow;
import dev.collapsemonitor.standalone.export.ExperimentRows;
import dev.collapsemonitor.standalone.export.ProgressRow;
import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The runs of one experiment.
 *
 * @param name of the experiment
 * @param runs by name, those without any result included
 * @param newestMillis when the newest record was published, by the broker's clock
 */
public record Experiment(String name, List<Run> runs, long newestMillis) {
    /**
     * Makes runs of rows, each with its attempts joined.
     *
     * @throws UserException when the rows have no such experiment
     */
    public static Experiment of(String name, ExperimentRows rows) {
        Map<String, DescriptorRow> descriptors = new LinkedHashMap<>();
        rows.descriptors().forEach(row -> descriptors.put(row.run(), row));
        rows.results()
                .forEach(row ->
                        descriptors.computeIfAbsent(row.run(), run -> DescriptorRow.undeclared(run, row.experiment())));
        SortedMap<String, DescriptorRow> chosen = new TreeMap<>();
        descriptors.values().stream()
                .filter(row -> row.experiment().equals(name))
                .forEach(row -> chosen.put(row.run(), row));
        if (chosen.isEmpty()) {
            TreeSet<String> others = descriptors.values().stream()
                    .map(DescriptorRow::experiment)
                    .collect(Collectors.toCollection(TreeSet::new));
            throw new UserException("there is no run of experiment " + name + "; experiments are " + others);
        }
        Map<String, List<ResultRow>> results = rows.results().stream().collect(Collectors.groupingBy(ResultRow::run));
        Map<String, List<ProgressRow>> progress =
                rows.progress().stream().collect(Collectors.groupingBy(ProgressRow::run));
        List<Run> runs = new ArrayList<>();
        long newest = 0;
        for (DescriptorRow row : chosen.values()) {
            List<ResultRow> ofRun = results.getOrDefault(row.run(), List.of());
            List<ProgressRow> told = progress.getOrDefault(row.run(), List.of());
            runs.add(new Run(row, ofRun, told));
            newest = Math.max(newest, row.timeMillis());
            newest = Math.max(
                    newest,
                    ofRun.stream().mapToLong(ResultRow::timeMillis).max().orElse(0));
            newest = Math.max(
                    newest,
                    told.stream().mapToLong(ProgressRow::timeMillis).max().orElse(0));
        }
        return new Experiment(name, List.copyOf(runs), newest);
    }

    /** The layers of all runs, by index. */
    public List<Run.Layer> layers() {
        SortedMap<Integer, TreeSet<String>> names = new TreeMap<>();
        Map<String, Run.Layer> layers = new LinkedHashMap<>();
        runs.forEach(run -> run.layers().forEach(layer -> {
            names.computeIfAbsent(layer.index(), index -> new TreeSet<>()).add(layer.name());
            layers.putIfAbsent(layer.name(), layer);
        }));
        return names.values().stream()
                .flatMap(TreeSet::stream)
                .distinct()
                .map(layers::get)
                .toList();
    }
}
