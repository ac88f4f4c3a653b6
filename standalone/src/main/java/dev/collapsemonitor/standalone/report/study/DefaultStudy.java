package dev.collapsemonitor.standalone.report.study;

import dev.collapsemonitor.standalone.report.data.Experiment;
import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.data.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What is worth a look in any experiment. */
public final class DefaultStudy {
    private static final List<String> CLASSIFIER =
            List.of("nc0", "nc0_relative", "nc1", "nc2_etf_means", "nc2_etf_weights", "nc3", "nc4", "loss", "accuracy");
    private static final List<String> DEPTH = List.of("nc1", "tcv", "stable_rank", "rank_k_distance_relative");
    private static final List<String> MAPS = List.of("nc1", "nc3", "nc0_relative");

    private DefaultStudy() {}

    public static Study of(Experiment experiment) {
        List<Study.Section> sections = new ArrayList<>();
        List<Measure> classifier = measured(experiment, CLASSIFIER);
        if (!classifier.isEmpty()) {
            sections.add(new Study.Section(
                    "Final values",
                    "",
                    List.of(Item.of(Item.Kind.TABLE)
                            .titled("the classifier at the end")
                            .with(classifier))));
            sections.add(new Study.Section(
                    "Over the training",
                    "",
                    List.of(Item.of(Item.Kind.CURVES)
                            .titled("the classifier against the step")
                            .with(classifier))));
        }
        if (experiment.runs().stream().anyMatch(run -> run.forecast().isCurve())) {
            sections.add(new Study.Section("NC0 against its closed form", "", List.of(Item.of(Item.Kind.FORECAST))));
        }
        List<String> varied = Settings.varied(experiment.runs());
        List<Measure> maps = measured(experiment, MAPS);
        List<String> numeric = varied.stream()
                .filter(name -> Settings.isNumeric(experiment.runs(), name))
                .toList();
        if (numeric.size() == 2 && !maps.isEmpty()) {
            sections.add(new Study.Section(
                    "Over " + HyperParameters.display(numeric.get(0)) + " and "
                            + HyperParameters.display(numeric.get(1)),
                    "",
                    List.of(Item.of(Item.Kind.HEAT_MAP).with(maps).over(numeric.get(0), numeric.get(1)))));
        }
        if (experiment.layers().size() > 1) {
            sections.add(new Study.Section(
                    "Over the depth",
                    "",
                    List.of(Item.of(Item.Kind.PROFILE)
                            .titled("the layers at the end")
                            .with(DEPTH.stream().map(Measure::of).toList()))));
        }
        sections.add(new Study.Section("Spectra", "", List.of(Item.of(Item.Kind.SPECTRUM))));
        return new Study("Experiment " + experiment.name(), "", sections);
    }

    /** Those that any run has at its end. */
    private static List<Measure> measured(Experiment experiment, List<String> names) {
        View view = Item.of(Item.Kind.TABLE).view();
        Moment end = new Moment.End();
        Stream<Measure> measures = names.stream().map(Measure::of);
        return measures.filter(measure -> experiment.runs().stream()
                        .mapToDouble((Run run) -> end.value(run, view, measure))
                        .anyMatch(value -> !Double.isNaN(value)))
                .toList();
    }
}
