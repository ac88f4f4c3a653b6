package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.document.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Every run of the experiment, once. */
final class RunList {
    private RunList() {}

    static Block.Table of(Experiment experiment) {
        List<String> varied = Settings.varied(experiment.runs());
        List<Block.Column> columns = new ArrayList<>();
        varied.forEach(name -> columns.add(new Block.Column(HyperParameters.display(name), false)));
        columns.add(new Block.Column("runs", false));
        List<List<String>> rows = new ArrayList<>();
        for (Setting setting : Settings.group(experiment.runs(), varied)) {
            List<String> row = new ArrayList<>();
            setting.values().values().forEach(value -> row.add(value.isEmpty() ? "–" : value));
            row.add(setting.runs().stream().map(RunList::entry).collect(Collectors.joining(", ")));
            rows.add(row);
        }
        return new Block.Table(
                "runs",
                "All runs; how one ended is said where it did not finish.",
                columns,
                rows,
                Block.Origin.ELSEWHERE);
    }

    private static String entry(Run run) {
        if (run.isFinished()) {
            return run.name();
        }
        String status = run.descriptor().status();
        String reason = run.descriptor().reason();
        return run.name() + " (" + status + (reason.isEmpty() ? "" : ": " + reason) + ")";
    }

    /** What an item is made of: how many runs, which, and what they are called. */
    static String origin(Subject subject, Experiment experiment) {
        String where = subject.item().where().entrySet().stream()
                .map(condition ->
                        HyperParameters.display(condition.getKey()) + " " + String.join(" or ", condition.getValue()))
                .collect(Collectors.joining(", "));
        int all = experiment.runs().size();
        return Settings.count(subject.settings())
                + (subject.runs().size() < all ? " of " + all : "")
                + (where.isEmpty() ? "" : " with " + where)
                + ": " + pattern(subject.runs());
    }

    /** What the names begin with. */
    static String pattern(List<Run> runs) {
        if (runs.size() <= 3) {
            return Phrases.names(runs);
        }
        String prefix = runs.get(0).name();
        for (Run run : runs) {
            int length = 0;
            while (length < Math.min(prefix.length(), run.name().length())
                    && prefix.charAt(length) == run.name().charAt(length)) {
                length++;
            }
            prefix = prefix.substring(0, length);
        }
        return (prefix.isEmpty() ? "" : prefix + "…, ") + "listed at the end";
    }
}
