package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.plot.LinePlot;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Singular values of the weights at the end: a curve per setting, a panel per layer. */
final class SpectrumFigure {
    private static final int MOST_POINTS = 48; // of a curve, closer together where the index is small
    private static final double NOTHING = 1e-12; // of the largest value: the round-off of the eigensolver

    private SpectrumFigure() {}

    static Content of(Subject subject, String id) {
        Item item = subject.item();
        Panels panels = Panels.of(subject.settings(), subject.by());
        String what = item.normalised() ? "singular value / largest" : "singular value";
        List<LinePlot> plots = new ArrayList<>();
        for (View view : views(subject)) {
            for (Panels.Panel panel : panels.panels()) {
                boolean logX = item.logX().orElse(false);
                boolean logY = item.logY().orElse(true);
                List<LinePlot.Line> lines = Points.fit(lines(panels, panel, view, item.normalised()), logX, logY);
                if (!lines.isEmpty()) {
                    String title = Stream.of(view.layer(), panel.title())
                            .filter(part -> !part.isEmpty())
                            .collect(Collectors.joining(", "));
                    plots.add(new LinePlot(title, "index", what, logX, logY, List.of(), lines));
                }
            }
        }
        if (plots.isEmpty()) {
            return new Content.Nothing("No layer has singular values.");
        }
        String caption = "Singular values of the weights at the last snapshot"
                + (item.normalised() ? ", divided by the largest" : "") + ", a panel per layer: mean over the runs of a"
                + " setting." + panels.sentence() + Phrases.unfinished(item, subject.runs());
        return new Content.Images(Phrases.caption(item, caption), SvgPlots.lines(id, Titles.of(item), plots));
    }

    /** Of all layers, unless one is named. */
    private static List<View> views(Subject subject) {
        View view = subject.item().view();
        return view.layer().isEmpty()
                ? subject.layers().stream().map(layer -> view.of(layer.name())).toList()
                : subject.views();
    }

    private static List<LinePlot.Line> lines(Panels panels, Panels.Panel panel, View view, boolean normalised) {
        Map<String, Integer> styles = panels.styles();
        List<LinePlot.Line> lines = new ArrayList<>();
        for (Setting setting : panel.settings()) {
            List<Double> values = mean(setting, view, normalised);
            List<LinePlot.Point> points = new ArrayList<>();
            for (int index : indices(values.size())) {
                double value = values.get(index);
                if (value > NOTHING * values.get(0)) {
                    points.add(LinePlot.Point.of(index + 1, value));
                }
            }
            String label = panels.label(setting);
            lines.add(new LinePlot.Line(label, styles.get(label), LinePlot.Kind.LINE, points));
        }
        return lines;
    }

    /** By index, as far as all runs have values. */
    private static List<Double> mean(Setting setting, View view, boolean normalised) {
        List<List<Double>> spectra = new ArrayList<>();
        for (Run run : setting.runs()) {
            List<ResultRow> rows = view.of(run);
            List<Double> values =
                    rows.isEmpty() ? List.of() : rows.get(rows.size() - 1).singularValues();
            if (!values.isEmpty()) {
                spectra.add(values);
            }
        }
        int length = spectra.stream().mapToInt(List::size).min().orElse(0);
        List<Double> mean = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            int index = i;
            mean.add(spectra.stream()
                    .mapToDouble(values -> normalised ? values.get(index) / values.get(0) : values.get(index))
                    .average()
                    .orElseThrow());
        }
        return mean;
    }

    private static TreeSet<Integer> indices(int length) {
        TreeSet<Integer> indices = new TreeSet<>();
        for (int i = 0; i < MOST_POINTS && length > 0; i++) {
            indices.add((int) Math.round(Math.pow(length, (double) i / (MOST_POINTS - 1))) - 1);
        }
        return indices;
    }
}
