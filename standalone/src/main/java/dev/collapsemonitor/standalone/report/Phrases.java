package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Sentences that captions share. */
final class Phrases {
    private static final int MOST_NAMES = 12;

    private Phrases() {}

    /** What lines and bands are. */
    static String lines(List<Setting> settings) {
        return settings.stream().anyMatch(setting -> setting.runs().size() > 1)
                ? " Line: mean over the runs of a setting; band: smallest to largest."
                : " One run per setting.";
    }

    /** Which results. */
    static String view(Item item) {
        View view = item.view();
        String layer = switch (view.layer()) {
            case "" -> "of the classifier";
            case Item.ALL_LAYERS -> "of every layer";
            default -> "of layer " + view.layer();
        };
        return layer
                + (view.split().equals("train") ? "" : ", " + view.split() + " split")
                + (view.mode().equals("snapshot") ? "" : ", " + view.mode());
    }

    /** Runs that have nothing to show; empty when there is none. */
    static String lacking(Collection<Run> runs) {
        return runs.isEmpty() ? "" : " " + runs.size() + " without a value: " + names(runs) + ".";
    }

    /** Runs that end before others of their setting; empty when there is none. */
    static String shorter(Collection<Run> runs) {
        return runs.isEmpty()
                ? ""
                : " The curve of a setting ends with the first of its runs; earlier than others end: " + names(runs)
                        + ".";
    }

    /** Runs whose last snapshot is not that of a complete training; empty when there is none. */
    static String unfinished(Item item, Collection<Run> runs) {
        List<Run> unfinished = runs.stream().filter(run -> !run.isFinished()).toList();
        return unfinished.isEmpty() || !(item.at() instanceof Moment.End)
                ? ""
                : " Not finished, taken at the last snapshot there is: " + names(unfinished) + ".";
    }

    static String names(Collection<Run> runs) {
        List<String> names = runs.stream().map(Run::name).distinct().sorted().toList();
        String first = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return names.size() > MOST_NAMES ? first + " and " + (names.size() - MOST_NAMES) + " more" : first;
    }

    /** The item's own caption and what is said anyway. */
    static String caption(Item item, String usual) {
        return item.caption().isEmpty() ? usual : item.caption() + " " + usual;
    }
}
