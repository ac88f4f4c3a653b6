package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.report.data.HyperParameters;
import dev.collapsemonitor.standalone.report.data.Measure;
import dev.collapsemonitor.standalone.report.data.Moment;
import dev.collapsemonitor.standalone.report.data.Run;
import dev.collapsemonitor.standalone.report.data.Setting;
import dev.collapsemonitor.standalone.report.data.Spread;
import dev.collapsemonitor.standalone.report.data.View;
import dev.collapsemonitor.standalone.report.document.Block;
import dev.collapsemonitor.standalone.report.plot.Figures;
import dev.collapsemonitor.standalone.report.study.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A row per setting, a column per measure: mean ± sample standard deviation over the runs. */
final class SettingsTable {
    private SettingsTable() {}

    static Content of(Subject subject) {
        Item item = subject.item();
        boolean several = subject.views().size() > 1;
        List<Block.Column> columns = new ArrayList<>(settingColumns(subject));
        if (several) {
            columns.add(new Block.Column("layer", false));
        }
        columns.add(new Block.Column("runs", true));
        item.measures().forEach(measure -> columns.add(new Block.Column(measure.label(), true)));
        List<List<String>> rows = new ArrayList<>();
        for (Setting setting : subject.settings()) {
            for (View view : subject.views()) {
                List<String> row = settingCells(subject, setting);
                if (several) {
                    row.add(view.layer());
                }
                row.add(String.valueOf(setting.runs().size()));
                item.measures().forEach(measure -> row.add(cell(item.at().spread(setting, view, measure))));
                rows.add(row);
            }
        }
        String measures = item.measures().stream()
                .filter(measure -> !measure.definition().equals(measure.label()))
                .map(Measure::definition)
                .collect(Collectors.joining("; "));
        String caption = "Mean ± sample standard deviation over the runs of a setting, " + Phrases.view(item) + ", "
                + item.at().sentence() + "." + unreached(subject) + Phrases.unfinished(item, subject.runs())
                + (measures.isEmpty() ? "" : " " + measures + ".");
        return new Content.Rows(Phrases.caption(item, caption), columns, rows);
    }

    private static String unreached(Subject subject) {
        if (!(subject.item().at() instanceof Moment.AtLoss loss)) {
            return "";
        }
        List<Run> runs = subject.runs().stream()
                .filter(run -> subject.views().stream().noneMatch(view -> loss.isReached(run, view)))
                .toList();
        return runs.isEmpty()
                ? " All runs reach it."
                : " " + runs.size() + " of " + subject.runs().size() + " runs never reach it: " + Phrases.names(runs)
                        + ".";
    }

    /** A column per hyper-parameter of the settings. */
    static List<Block.Column> settingColumns(Subject subject) {
        return subject.by().stream()
                .map(name -> new Block.Column(HyperParameters.display(name), false))
                .toList();
    }

    /** Their values, in a list that grows. */
    static List<String> settingCells(Subject subject, Setting setting) {
        List<String> cells = new ArrayList<>();
        subject.by().forEach(name -> {
            String value = setting.values().get(name);
            cells.add(value.isEmpty() ? "–" : value);
        });
        return cells;
    }

    /** A spread, with how many runs lack a value where some do. */
    static String cell(Spread spread) {
        int lacking = spread.runs() - spread.n();
        String value = Figures.of(spread.mean())
                + (Double.isNaN(spread.deviation()) ? "" : " ± " + Figures.of(spread.deviation(), 2));
        return lacking == 0 ? value : value + " (" + lacking + " of " + spread.runs() + " undefined)";
    }
}
