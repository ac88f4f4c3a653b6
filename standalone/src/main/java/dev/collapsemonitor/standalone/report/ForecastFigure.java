package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.monitor.forecast.ForecastCheck;
import dev.collapsemonitor.standalone.export.ResultRow;
import dev.collapsemonitor.standalone.report.data.Band;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Settings;
import dev.collapsemonitor.standalone.report.data.Spread;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.document.Block;
import dev.collapsemonitor.standalone.report.plot.Figures;
import dev.collapsemonitor.standalone.report.plot.LinePlot;
import dev.collapsemonitor.standalone.report.plot.SvgPlots;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** NC0 as it was measured over the closed form that the declared optimizer leads to, and how far they are apart. */
final class ForecastFigure {
    private static final Measure MEASURED = Measure.of("nc0");
    private static final Measure FORECAST = Measure.of("nc0_forecast");
    private static final Measure BUDGET = Measure.of("decay_budget");
    private static final Measure NORM = Measure.of("nc0_norm");
    private static final Measure WEIGHT_NORM = Measure.of("frobenius_norm");

    private static final double SMALLEST_SHOWN = 1e-4;

    private ForecastFigure() {}

    static Content of(Subject subject, String id) {
        List<Setting> curves = subject.settings().stream()
                .filter(setting ->
                        setting.runs().stream().anyMatch(run -> run.forecast().isCurve()))
                .toList();
        if (curves.isEmpty()) {
            return new Content.Nothing("No run has a closed form of NC0: " + sentences(subject.settings()) + ".");
        }
        return new Content.Parts(List.of(figure(subject, curves, id), table(subject, curves)));
    }

    private static Content figure(Subject subject, List<Setting> curves, String id) {
        Item item = subject.item();
        Panels panels = Panels.of(curves, subject.by());
        Map<String, Integer> styles = panels.styles();
        List<LinePlot> plots = new ArrayList<>();
        for (Panels.Panel panel : panels.panels()) {
            List<LinePlot.Line> lines = new ArrayList<>();
            for (Setting setting : panel.settings()) {
                String label = panels.label(setting);
                int style = styles.get(label);
                Band forecast = Band.of(setting, item.view(), item.x(), FORECAST);
                Band measured = Band.of(setting, item.view(), item.x(), MEASURED);
                lines.add(new LinePlot.Line(label, style, LinePlot.Kind.LINE, withoutBand(forecast)));
                lines.add(new LinePlot.Line("", style, LinePlot.Kind.POINTS, Points.of(measured)));
            }
            boolean logX = item.logX().orElse(false);
            boolean logY = item.logY().orElseGet(() -> Points.isWide(lines));
            plots.add(new LinePlot(
                    panel.title(), item.x().label(), "nc0", logX, logY, List.of(), Points.fit(lines, logX, logY)));
        }
        List<Setting> others = subject.settings().stream()
                .filter(setting -> !curves.contains(setting))
                .toList();
        String caption =
                "Points: nc0 as measured, mean over the runs of a setting, with a band from the smallest to the"
                        + " largest. Lines: the closed form for the declared optimizer, from the first measured value on"
                        + " (arXiv:2602.16642)." + panels.sentence()
                        + (others.isEmpty() ? "" : " Without a closed form: " + sentences(others) + ".");
        return new Content.Images(Phrases.caption(item, caption), SvgPlots.lines(id, Titles.of(item), plots));
    }

    private static List<LinePlot.Point> withoutBand(Band band) {
        return band.points().stream()
                .map(point -> LinePlot.Point.of(point.x(), point.y().mean()))
                .toList();
    }

    /** What is said instead of a curve, each once, with whom it is said of. */
    private static String sentences(List<Setting> settings) {
        Map<String, List<String>> labels = new TreeMap<>();
        settings.forEach(setting -> labels.computeIfAbsent(
                        setting.runs().get(0).forecast().sentence(), sentence -> new ArrayList<>())
                .add(setting.label()));
        return labels.entrySet().stream()
                .map(said -> (said.getValue().size() > 2
                                ? said.getValue().size() + " settings such as "
                                        + said.getValue().get(0)
                                : String.join(" and ", said.getValue()))
                        + " (" + said.getKey() + ")")
                .collect(Collectors.joining("; "));
    }

    private static Content table(Subject subject, List<Setting> curves) {
        View view = subject.item().view();
        Moment end = new Moment.End();
        List<Block.Column> columns = new ArrayList<>(SettingsTable.settingColumns(subject));
        for (String name : List.of("runs", "decay budget", "nc0", "forecast", "largest deviation")) {
            columns.add(new Block.Column(name, true));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Setting setting : curves) {
            List<String> row = SettingsTable.settingCells(subject, setting);
            row.add(String.valueOf(setting.runs().size()));
            row.add(Figures.of(end.spread(setting, view, BUDGET).mean()));
            row.add(SettingsTable.cell(end.spread(setting, view, MEASURED)));
            row.add(SettingsTable.cell(end.spread(setting, view, FORECAST)));
            Spread deviation = Spread.of(
                    setting.runs().stream().map(run -> deviation(run, view)).toList());
            row.add(percent(deviation.max()));
            rows.add(row);
        }
        String caption = "The same at the last snapshot, and the largest relative difference between measured and"
                + " forecast nc0 over all snapshots and runs, as long as |W^T 1| is above "
                + Figures.of(ForecastCheck.FLOOR) + " of |W|: below is the round-off of float32. Over "
                + Settings.count(curves) + ".";
        return new Content.Rows(caption, columns, rows);
    }

    private static String percent(double share) {
        if (Double.isNaN(share)) {
            return "–";
        }
        return share < SMALLEST_SHOWN ? "< 0.01 %" : Figures.of(100 * share, 2) + " %";
    }

    /** Largest relative difference above the floor; NaN without any snapshot there. */
    static double deviation(Run run, View view) {
        double largest = Double.NaN;
        for (ResultRow row : view.of(run)) {
            double difference = Math.abs(MEASURED.at(run, row) / FORECAST.at(run, row) - 1);
            boolean aboveFloor = NORM.at(run, row) > ForecastCheck.FLOOR * WEIGHT_NORM.at(run, row);
            if (aboveFloor && run.forecast().isAfterStart(row.step()) && Double.isFinite(difference)) {
                largest = Double.isNaN(largest) ? difference : Math.max(largest, difference);
            }
        }
        return largest;
    }
}
