package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.protocol.v1.LayerResult;

/** What was forecast of a result, beside what was measured. */
final class RunForecast {
    private RunForecast() {}

    /** {@code nc0_forecast} where there is an {@code nc0} to compare it with, else NaN. */
    static double nc0(Run run, LayerResult result) {
        return result.containsMetrics(Metric.NC0.exportedName())
                ? run.insight().nc0Forecast(result.getStep())
                : Double.NaN;
    }
}
