package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings over panels, so that each shows no more curves than one can tell apart: split by the first hyper-parameter, and by
 * the next where that is not enough.
 *
 * @param splitBy the hyper-parameters that differ between panels; empty when one panel holds all
 */
record Panels(List<String> splitBy, List<Panel> panels) {
    static final int MOST_CURVES = 12;

    /** Settings that share a panel; the title is empty when there is one panel only. */
    record Panel(String title, List<Setting> settings) {}

    static Panels of(List<Setting> settings, List<String> by) {
        for (int keys = 0; keys < by.size(); keys++) {
            Panels panels = split(settings, by.subList(0, keys));
            if (panels.panels.stream().allMatch(panel -> panel.settings.size() <= MOST_CURVES)) {
                return panels;
            }
        }
        return split(settings, by);
    }

    private static Panels split(List<Setting> settings, List<String> keys) {
        List<Run> runs = new ArrayList<>();
        settings.forEach(setting -> runs.addAll(setting.runs()));
        List<Panel> panels = new ArrayList<>();
        for (Setting group : Settings.group(runs, keys)) {
            panels.add(new Panel(
                    keys.isEmpty() ? "" : group.label(),
                    settings.stream()
                            .filter(setting -> keys.stream()
                                    .allMatch(key -> group.values()
                                            .get(key)
                                            .equals(setting.values().get(key))))
                            .toList()));
        }
        return new Panels(List.copyOf(keys), panels);
    }

    /** The label of a setting beside others of its panel. */
    String label(Setting setting) {
        return setting.label(splitBy);
    }

    /** A number for each label, the same in all panels. */
    Map<String, Integer> styles() {
        Map<String, Integer> styles = new HashMap<>();
        panels.forEach(panel -> panel.settings.forEach(setting -> styles.putIfAbsent(label(setting), styles.size())));
        return styles;
    }

    /** What to say of the splitting; empty when there is none. */
    String sentence() {
        return splitBy.isEmpty()
                ? ""
                : " Too many settings for one plot: a panel per "
                        + String.join(
                                " and ",
                                splitBy.stream().map(HyperParameters::display).toList())
                        + ".";
    }
}
