package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.study.Item;
import dev.collapsemonitor.trainer.settings.NearestName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What an item is made of.
 *
 * @param runs that the item chooses
 * @param by the hyper-parameters that make a setting
 * @param settings of the runs by these
 * @param layers of the runs that have results, by index
 */
record Subject(Item item, List<Run> runs, List<String> by, List<Setting> settings, List<Run.Layer> layers) {
    /** @throws UserException when the item names what the experiment does not have */
    static Subject of(Item item, Experiment experiment) {
        Set<String> names = new TreeSet<>(Settings.names(experiment.runs()));
        names.add(HyperParameters.SEED);
        require(item, "where", item.where().keySet(), names);
        require(item, "by", item.by().orElse(List.of()), names);
        require(item, "x or y", item.axes(), names);
        List<Run> runs = Settings.select(experiment.runs(), item.where());
        List<String> by = item.by().orElseGet(() -> Settings.varied(runs));
        Experiment chosen = new Experiment(experiment.name(), runs, experiment.newestMillis());
        Set<String> layers =
                experiment.layers().stream().map(Run.Layer::name).collect(Collectors.toCollection(TreeSet::new));
        String layer = item.view().layer();
        if (!layer.isEmpty() && !layer.equals(Item.ALL_LAYERS) && !layers.isEmpty() && !layers.contains(layer)) {
            layers.add(Item.ALL_LAYERS);
            throw new UserException(
                    item.place() + ": layer " + layer + " has no results" + NearestName.hint(layer, layers));
        }
        return new Subject(item, runs, by, Settings.group(runs, by), chosen.layers());
    }

    private static void require(Item item, String key, Iterable<String> asked, Set<String> known) {
        for (String name : asked) {
            if (!known.contains(name)) {
                Set<String> displayed =
                        known.stream().map(HyperParameters::display).collect(Collectors.toCollection(TreeSet::new));
                String shown = HyperParameters.display(name);
                throw new UserException(item.place() + ", " + key + ": no run has a hyper-parameter " + shown
                        + NearestName.hint(shown, displayed));
            }
        }
    }

    /** The views that the item asks for: of one layer, or of each. */
    List<View> views() {
        View view = item.view();
        return view.layer().equals(Item.ALL_LAYERS)
                ? layers.stream().map(layer -> view.of(layer.name())).toList()
                : List.of(view);
    }
}
