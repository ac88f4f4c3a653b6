package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Spread;
import dev.collapsemonitor.standalone.report.plot.LinePlot;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures over the depth of the network: a curve per setting, a panel per measure. */
final class ProfileFigure {
    private ProfileFigure() {}

    static Content of(Subject subject, String id) {
        Item item = subject.item();
        Panels panels = Panels.of(subject.settings(), subject.by());
        List<LinePlot> plots = new ArrayList<>();
        for (Measure measure : item.measures()) {
            for (Panels.Panel panel : panels.panels()) {
                List<LinePlot.Line> lines = lines(subject, measure, panels, panel);
                boolean logY = item.logY().orElseGet(() -> Points.isWide(lines));
                List<LinePlot.Line> fitting = Points.fit(lines, false, logY);
                if (!fitting.isEmpty()) {
                    String title = Stream.of(item.measures().size() > 1 ? measure.label() : "", panel.title())
                            .filter(part -> !part.isEmpty())
                            .collect(Collectors.joining(", "));
                    plots.add(new LinePlot(title, "layer", measure.label(), false, logY, names(subject), fitting));
                }
            }
        }
        String measures = item.measures().stream().map(Measure::definition).collect(Collectors.joining(", "));
        if (plots.isEmpty()) {
            return new Content.Nothing("No layer has " + measures + ".");
        }
        String caption = measures + " by layer " + item.at().sentence() + "." + Phrases.lines(subject.settings())
                + panels.sentence() + Phrases.unfinished(item, subject.runs());
        return new Content.Images(Phrases.caption(item, caption), SvgPlots.lines(id, Titles.of(item), plots));
    }

    /** The layers' names at their indices; indices where layers of one index have several names. */
    private static List<String> names(Subject subject) {
        int last = subject.layers().stream().mapToInt(Run.Layer::index).max().orElse(0);
        List<String> names = new ArrayList<>();
        for (int index = 0; index <= last; index++) {
            int at = index;
            List<String> candidates = subject.layers().stream()
                    .filter(layer -> layer.index() == at)
                    .map(Run.Layer::name)
                    .toList();
            names.add(candidates.size() == 1 ? candidates.get(0) : String.valueOf(index));
        }
        boolean tooLong = names.stream().mapToInt(String::length).sum() > 40;
        return tooLong
                ? names.stream()
                        .map(name -> String.valueOf(names.indexOf(name)))
                        .toList()
                : names;
    }

    private static List<LinePlot.Line> lines(Subject subject, Measure measure, Panels panels, Panels.Panel panel) {
        Item item = subject.item();
        Map<String, Integer> styles = panels.styles();
        List<LinePlot.Line> lines = new ArrayList<>();
        for (Setting setting : panel.settings()) {
            List<LinePlot.Point> points = new ArrayList<>();
            for (Run.Layer layer : subject.layers()) {
                Spread spread = item.at().spread(setting, item.view().of(layer.name()), measure);
                if (spread.n() > 0 && Double.isFinite(spread.mean())) {
                    points.add(new LinePlot.Point(layer.index(), spread.mean(), spread.min(), spread.max()));
                }
            }
            points.sort(Comparator.comparingDouble(LinePlot.Point::x));
            String label = panels.label(setting);
            lines.add(new LinePlot.Line(label, styles.get(label), LinePlot.Kind.LINE_WITH_POINTS, points));
        }
        return lines;
    }
}
