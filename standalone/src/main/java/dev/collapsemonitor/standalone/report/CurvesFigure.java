package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.Band;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.plot.LinePlot;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures against the steps of the training, or what goes with these: a curve per setting, a panel per measure and layer. */
final class CurvesFigure {
    private final Subject subject;
    private final Item item;
    private final Panels panels;
    private final Map<String, Integer> styles;
    private final Set<Run> lacking = new LinkedHashSet<>();
    private final Set<Run> shorter = new LinkedHashSet<>();

    private CurvesFigure(Subject subject) {
        this.subject = subject;
        item = subject.item();
        panels = Panels.of(subject.settings(), subject.by());
        styles = panels.styles();
    }

    static Content of(Subject subject, String id) {
        return new CurvesFigure(subject).draw(id);
    }

    private Content draw(String id) {
        List<LinePlot> plots = new ArrayList<>();
        boolean overLayers = subject.settings().size() == 1 && subject.views().size() > 1;
        for (Measure measure : item.measures()) {
            if (overLayers) {
                plots.addAll(plot(measure, "", layerLines(measure)));
            } else {
                for (View view : subject.views()) {
                    String layer = subject.views().size() > 1 ? view.layer() : "";
                    for (Panels.Panel panel : panels.panels()) {
                        plots.addAll(plot(measure, title(measure, layer, panel.title()), lines(measure, view, panel)));
                    }
                }
            }
        }
        if (plots.isEmpty()) {
            return new Content.Nothing("No run has " + measures() + " " + Phrases.view(item) + ".");
        }
        String caption = measures() + " " + Phrases.view(item) + " against "
                + item.x().label() + "."
                + Phrases.lines(subject.settings())
                + panels.sentence()
                + Phrases.lacking(lacking)
                + Phrases.shorter(shorter);
        return new Content.Images(Phrases.caption(item, caption), SvgPlots.lines(id, Titles.of(item), plots));
    }

    private String measures() {
        return item.measures().stream().map(Measure::definition).collect(Collectors.joining(", "));
    }

    private String title(Measure measure, String layer, String panel) {
        return Stream.of(item.measures().size() > 1 ? measure.label() : "", layer, panel)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
    }

    private List<LinePlot> plot(Measure measure, String title, List<LinePlot.Line> lines) {
        boolean logX = item.logX().orElse(false);
        boolean logY = item.logY().orElseGet(() -> Points.isWide(lines));
        List<LinePlot.Line> fitting = Points.fit(lines, logX, logY);
        return fitting.isEmpty()
                ? List.of()
                : List.of(new LinePlot(title, item.x().label(), measure.label(), logX, logY, List.of(), fitting));
    }

    private List<LinePlot.Line> lines(Measure measure, View view, Panels.Panel panel) {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (Setting setting : panel.settings()) {
            String label = panels.label(setting);
            lines.add(line(label, styles.get(label), setting, view, measure));
        }
        return lines;
    }

    private List<LinePlot.Line> layerLines(Measure measure) {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (View view : subject.views()) {
            lines.add(line(view.layer(), lines.size(), subject.settings().get(0), view, measure));
        }
        return lines;
    }

    private LinePlot.Line line(String label, int style, Setting setting, View view, Measure measure) {
        Band band = Band.of(setting, view, item.x(), measure);
        if (subject.views().size() == 1) {
            lacking.addAll(band.lacking());
        }
        shorter.addAll(band.shorter());
        return new LinePlot.Line(label, style, LinePlot.Kind.LINE, Points.of(band));
    }
}
