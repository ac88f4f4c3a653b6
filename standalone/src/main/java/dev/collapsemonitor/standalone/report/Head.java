package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.document.Block;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a reader must know of the runs before reading any number of them. */
final class Head {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Head() {}

    static Block.Facts of(Experiment experiment, Invocation command, String build) {
        List<Run> runs = experiment.runs();
        List<Block.Fact> facts = new ArrayList<>();
        facts.add(new Block.Fact("Experiment", experiment.name()));
        facts.add(new Block.Fact(
                "Runs", Settings.count(Settings.group(runs, Settings.varied(runs))) + ": " + ends(runs)));
        facts.add(new Block.Fact("Varied", varied(runs)));
        facts.add(new Block.Fact("Common", pairs(Settings.common(runs))));
        facts.add(new Block.Fact("Layers", layers(experiment)));
        facts.add(new Block.Fact("Snapshots", snapshots(runs)));
        long resumed = runs.stream().filter(run -> run.attempts() > 1).count();
        if (resumed > 0) {
            facts.add(new Block.Fact(
                    "Resumed",
                    resumed + " runs took more than one attempt; where one went on, its attempts are one curve"));
        }
        facts.add(new Block.Fact("Newest record", MINUTE.format(Instant.ofEpochMilli(experiment.newestMillis()))));
        facts.add(new Block.Fact("Build", build));
        facts.add(new Block.Fact(
                "Command",
                command.whole() + " (or --input DIR instead of --bootstrap, with the files of ./collapse export"
                        + " --experiment " + experiment.name() + " --all DIR)"));
        return new Block.Facts(facts);
    }

    private static String ends(List<Run> runs) {
        Map<String, Long> ends = runs.stream()
                .collect(Collectors.groupingBy(run -> run.descriptor().status(), TreeMap::new, Collectors.counting()));
        return ends.entrySet().stream()
                .map(end -> end.getValue() + " " + end.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String varied(List<Run> runs) {
        List<String> parts = new ArrayList<>();
        for (String name : Settings.varied(runs)) {
            parts.add(HyperParameters.display(name) + " " + values(runs, name));
        }
        if (Settings.values(runs, HyperParameters.SEED).size() > 1) {
            parts.add(HyperParameters.SEED + " " + values(runs, HyperParameters.SEED));
        }
        return parts.isEmpty() ? "nothing" : String.join("; ", parts);
    }

    private static String values(List<Run> runs, String name) {
        return Settings.values(runs, name).stream()
                .map(value -> value.isEmpty() ? "–" : value)
                .collect(Collectors.joining(", "));
    }

    private static String pairs(Map<String, String> values) {
        return values.isEmpty()
                ? "nothing"
                : values.entrySet().stream()
                        .map(value -> HyperParameters.display(value.getKey()) + " " + value.getValue())
                        .collect(Collectors.joining("; "));
    }

    private static String layers(Experiment experiment) {
        return experiment.layers().stream()
                .map(layer -> layer.name() + (layer.classifier() ? " (classifier)" : ""))
                .collect(Collectors.joining(", "));
    }

    private static String snapshots(List<Run> runs) {
        Set<Object> snapshots = new HashSet<>();
        long incomplete = 0;
        for (Run run : runs) {
            for (ResultRow row : run.results()) {
                if (row.mode().equals("snapshot")) {
                    snapshots.add(List.of(run.name(), row.split(), row.step()));
                    incomplete += row.coverage() < 1 ? 1 : 0;
                }
            }
        }
        long dropped = runs.stream().mapToLong(Run::recordsDropped).sum();
        return snapshots.size() + " of " + runs.size() + " runs; " + incomplete
                + " results from less than all announced parts; " + dropped + " records dropped by publishers";
    }
}
