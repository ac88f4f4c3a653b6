package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.monitor.forecast.DecayBudget;
import dev.collapsemonitor.monitor.forecast.RowSumForecast;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.Optional;

/** What the descriptor of a run says in advance: NC0 from its first measured value on, and the decay budget. */
public final class Forecast {
    private final RowSumForecast rowSum;
    private final Optional<DecayBudget> budget;
    private final Optional<ResultRow> first;

    private Forecast(RowSumForecast rowSum, Optional<DecayBudget> budget, Optional<ResultRow> first) {
        this.rowSum = rowSum;
        this.budget = budget;
        this.first = first;
    }

    static Forecast of(RunDescriptor declared, Optional<ResultRow> first) {
        return new Forecast(RowSumForecast.of(declared), DecayBudget.of(declared), first);
    }

    /** Whether NC0 has a closed form. */
    public boolean isCurve() {
        return rowSum instanceof RowSumForecast.ClosedForm && first.isPresent();
    }

    /** NC0 at a step; NaN where there is no curve. */
    public double nc0(long step) {
        if (rowSum instanceof RowSumForecast.ClosedForm curve
                && first.isPresent()
                && step >= first.get().step()) {
            return curve.nc0(first.get().step(), first.get().metrics().get("nc0"), step);
        }
        return Double.NaN;
    }

    /** Whether a step is later than the first measured value, at which the forecast is right by construction. */
    public boolean isAfterStart(long step) {
        return first.isPresent() && step > first.get().step();
    }

    /** Σ ηλ until a step, see {@link DecayBudget}; NaN when too little was declared. */
    double decayBudget(long step) {
        return budget.map(declared -> declared.at(step)).orElse(Double.NaN);
    }

    /** One sentence for people. */
    public String sentence() {
        return rowSum.sentence();
    }
}
