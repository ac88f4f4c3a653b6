package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.List;

/** At which point of a run its measures are compared with those of others. */
public sealed interface Moment {
    /** The last snapshot. */
    record End() implements Moment {
        @Override
        public double value(Run run, View view, Measure measure) {
            List<ResultRow> rows = view.of(run);
            return rows.isEmpty() ? Double.NaN : measure.at(run, rows.get(rows.size() - 1));
        }

        @Override
        public String sentence() {
            return "at the last snapshot";
        }
    }

    /** The snapshot with the lowest train loss. */
    record Best() implements Moment {
        @Override
        public double value(Run run, View view, Measure measure) {
            double best = Double.POSITIVE_INFINITY;
            double value = Double.NaN;
            for (ResultRow row : view.of(run)) {
                double loss = TRAIN_LOSS.at(run, row);
                if (loss < best) {
                    best = loss;
                    value = measure.at(run, row);
                }
            }
            return value;
        }

        @Override
        public String sentence() {
            return "at the snapshot with the lowest train loss";
        }
    }

    /**
     * Where the train loss first falls to a level: between two snapshots the measure goes straight against ln(loss). NaN for
     * runs that never get there, or whose measure is undefined on either side.
     */
    record AtLoss(double level) implements Moment {
        @Override
        public double value(Run run, View view, Measure measure) {
            double lossBefore = Double.NaN;
            double before = Double.NaN;
            for (ResultRow row : view.of(run)) {
                double loss = TRAIN_LOSS.at(run, row);
                double value = measure.at(run, row);
                if (loss <= level) {
                    // Below it from the first snapshot on: there is nothing to interpolate from.
                    return Double.isNaN(lossBefore) || loss == level
                            ? value
                            : before + (value - before) * share(lossBefore, loss);
                }
                if (!Double.isNaN(loss)) {
                    lossBefore = loss;
                    before = value;
                }
            }
            return Double.NaN;
        }

        /** How far the level lies between two losses, on a logarithmic scale unless the second is no positive number. */
        private double share(double from, double to) {
            return to > 0 && from < Double.POSITIVE_INFINITY
                    ? Math.log(from / level) / Math.log(from / to)
                    : (from - level) / (from - to);
        }

        /** Whether the train loss of a run falls to the level. */
        public boolean isReached(Run run, View view) {
            return view.of(run).stream().anyMatch(row -> TRAIN_LOSS.at(run, row) <= level);
        }

        @Override
        public String sentence() {
            return "where the train loss first falls to " + level;
        }
    }

    /** What moments of equal loss are found by. */
    Measure TRAIN_LOSS = Measure.of("loss");

    /** The measure of a run at this moment; NaN where it has none. */
    double value(Run run, View view, Measure measure);

    /** Says when, as an adverb. */
    String sentence();

    /** Over the runs of a setting. */
    default Spread spread(Setting setting, View view, Measure measure) {
        return Spread.of(
                setting.runs().stream().map(run -> value(run, view, measure)).toList());
    }
}
