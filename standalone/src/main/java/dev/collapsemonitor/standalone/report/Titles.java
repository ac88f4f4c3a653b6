package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.stream.Collectors;

/** Titles of items. */
final class Titles {
    private Titles() {}

    /** The one that was chosen, else one that says what is shown. */
    static String of(Item item) {
        if (!item.title().isEmpty()) {
            return item.title();
        }
        String measures = item.measures().stream().map(Measure::label).collect(Collectors.joining(", "));
        return switch (item.kind()) {
            case CURVES -> measures + " against " + item.x().label();
            case HEAT_MAP ->
                measures + " over "
                        + item.axes().stream().map(HyperParameters::display).collect(Collectors.joining(" and "));
            case PROFILE -> measures + " by layer";
            case SPECTRUM -> "Singular values";
            case FORECAST -> "NC0 as measured and as forecast";
            case TABLE -> measures + " " + item.at().sentence();
        };
    }
}
