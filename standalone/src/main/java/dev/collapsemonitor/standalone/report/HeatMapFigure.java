package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.data.Spread;
import dev.collapsemonitor.standalone.report.plot.HeatPlot;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures over two hyper-parameters, a panel for each value of what varies beside them. */
final class HeatMapFigure {
    private HeatMapFigure() {}

    static Content of(Subject subject, String id) {
        Item item = subject.item();
        String x = item.axes().get(0);
        String y = item.axes().get(1);
        List<String> others = new ArrayList<>(subject.by());
        others.removeAll(item.axes());
        List<HeatPlot> plots = new ArrayList<>();
        for (Measure measure : item.measures()) {
            for (Setting panel : Settings.group(subject.runs(), others)) {
                double[][] cells = cells(subject, panel.runs(), x, y, measure);
                if (Arrays.stream(cells).flatMapToDouble(Arrays::stream).anyMatch(Double::isFinite)) {
                    String title = Stream.of(measure.label(), others.isEmpty() ? "" : panel.label())
                            .filter(part -> !part.isEmpty())
                            .collect(Collectors.joining(", "));
                    plots.add(new HeatPlot(
                            title,
                            HyperParameters.display(x),
                            Settings.values(subject.runs(), x),
                            HyperParameters.display(y),
                            Settings.values(subject.runs(), y),
                            cells,
                            isWide(cells)));
                }
            }
        }
        String measures = item.measures().stream().map(Measure::definition).collect(Collectors.joining(", "));
        if (plots.isEmpty()) {
            return new Content.Nothing("No run has " + measures + " " + Phrases.view(item) + ".");
        }
        String caption = measures + " " + Phrases.view(item) + " " + item.at().sentence()
                + ": mean over the runs of a cell; dark is low, light is high"
                + (plots.stream().anyMatch(HeatPlot::log) ? ", on a logarithmic scale where values are far apart" : "")
                + "." + Phrases.unfinished(item, subject.runs());
        return new Content.Images(Phrases.caption(item, caption), SvgPlots.heat(id, Titles.of(item), plots));
    }

    private static double[][] cells(Subject subject, List<Run> runs, String x, String y, Measure measure) {
        List<String> columns = Settings.values(subject.runs(), x);
        List<String> rows = Settings.values(subject.runs(), y);
        double[][] cells = new double[rows.size()][columns.size()];
        for (double[] row : cells) {
            Arrays.fill(row, Double.NaN);
        }
        for (Setting setting : Settings.group(runs, List.of(x, y))) {
            Spread spread = subject.item().at().spread(setting, subject.item().view(), measure);
            if (Double.isFinite(spread.mean())) {
                cells[rows.indexOf(setting.values().get(y))][
                        columns.indexOf(setting.values().get(x))] = spread.mean();
            }
        }
        return cells;
    }

    private static boolean isWide(double[][] cells) {
        double[] values = Arrays.stream(cells)
                .flatMapToDouble(Arrays::stream)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        return values[0] > 0 && values[values.length - 1] / values[0] > 100;
    }
}
