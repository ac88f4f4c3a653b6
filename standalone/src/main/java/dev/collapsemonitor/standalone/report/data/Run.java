package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.standalone.export.DescriptorRow;
import dev.collapsemonitor.standalone.export.ProgressRow;
import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One run, its attempts joined. */
public final class Run {
    private final DescriptorRow descriptor;
    private final SortedMap<String, String> hyperParameters;
    private final Map<Series, List<ResultRow>> series = new HashMap<>();
    private final NavigableMap<Long, ProgressRow> progress = new TreeMap<>();
    private final List<Layer> layers;
    private final NavigableMap<Integer, Long> firstSteps;
    private final Forecast forecast;
    private final long recordsDropped;

    /** A layer with weights, as results name it. */
    public record Layer(int index, String name, boolean classifier) {}

    private record Series(String layer, String mode, String split) {}

    Run(DescriptorRow descriptor, List<ResultRow> results, List<ProgressRow> progressRows) {
        this.descriptor = descriptor;
        hyperParameters = HyperParameters.of(descriptor);
        Map<Integer, List<Long>> steps = new HashMap<>();
        results.forEach(row ->
                steps.computeIfAbsent(row.attempt(), a -> new ArrayList<>()).add(row.step()));
        progressRows.forEach(row ->
                steps.computeIfAbsent(row.attempt(), a -> new ArrayList<>()).add(row.step()));
        firstSteps = Attempts.firstSteps(steps);
        for (ResultRow row : Attempts.join(results, firstSteps, ResultRow::attempt, ResultRow::step)) {
            series.computeIfAbsent(new Series(row.layer(), row.mode(), row.split()), key -> new ArrayList<>())
                    .add(row);
        }
        Attempts.join(progressRows, firstSteps, ProgressRow::attempt, ProgressRow::step)
                .forEach(row -> progress.put(row.step(), row));
        layers = results.stream()
                .map(row -> new Layer(row.layerIndex(), row.layer(), row.classifier()))
                .distinct()
                .sorted(Comparator.comparingInt(Layer::index).thenComparing(Layer::name))
                .toList();
        Map<Integer, Long> dropped = new HashMap<>(Map.of(descriptor.attempt(), descriptor.recordsDropped()));
        progressRows.forEach(row -> dropped.merge(row.attempt(), row.recordsDropped(), Math::max));
        recordsDropped = dropped.values().stream().mapToLong(Long::longValue).sum();
        forecast = Forecast.of(descriptor.declared(), firstNc0());
    }

    private Optional<ResultRow> firstNc0() {
        return classifier().stream()
                .flatMap(layer -> results(layer, "snapshot", "train").stream())
                .filter(row -> row.metrics().containsKey("nc0"))
                .findFirst();
    }

    public String name() {
        return descriptor.run();
    }

    public DescriptorRow descriptor() {
        return descriptor;
    }

    /** By name with underscores; those that its trainer named and those that follow from what was declared. */
    public SortedMap<String, String> hyperParameters() {
        return hyperParameters;
    }

    /** By index. */
    public List<Layer> layers() {
        return layers;
    }

    /** The name of the classifier, once there is a result of it. */
    public Optional<String> classifier() {
        return layers.stream().filter(Layer::classifier).map(Layer::name).findFirst();
    }

    /** Results of one layer by step; empty when there are none. */
    public List<ResultRow> results(String layer, String mode, String split) {
        return series.getOrDefault(new Series(layer, mode, split), List.of());
    }

    /** Results of all layers. */
    public List<ResultRow> results() {
        return series.values().stream().flatMap(List::stream).toList();
    }

    /** What the trainer said of itself, by step. */
    NavigableMap<Long, ProgressRow> progress() {
        return progress;
    }

    /** NC0 as the declared optimizer has it. */
    public Forecast forecast() {
        return forecast;
    }

    /** Whether it came to its end. */
    public boolean isFinished() {
        return descriptor.status().equals("finished");
    }

    /** How many attempts it took. */
    public int attempts() {
        return Math.max(descriptor.attempt(), firstSteps.size());
    }

    /** Records that did not reach the broker, over all attempts. */
    public long recordsDropped() {
        return recordsDropped;
    }
}
