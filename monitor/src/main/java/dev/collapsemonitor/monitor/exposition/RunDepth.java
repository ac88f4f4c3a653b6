package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.geometry.DepthProfile;
import dev.collapsemonitor.monitor.geometry.DepthProfile.LayerNc1;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.protocol.v1.LayerResult;
import java.util.List;

/**
 * The depth profile of a run at the newest step of which every layer has a training snapshot.
 *
 * @param layers the results that it was made from; empty when there is no such step
 * @param metrics values, and the reasons for those that are undefined
 */
record RunDepth(List<LayerResult> layers, MetricValues metrics) {
    static RunDepth of(Run run) {
        List<LayerResult> layers = run.newestOfAllLayers();
        return new RunDepth(
                layers,
                DepthProfile.of(layers.stream()
                        .map(result -> new LayerNc1(result.getLayer().getIndex(), nc1(result)))
                        .toList()));
    }

    private static double nc1(LayerResult result) {
        return result.getMetricsOrDefault(Metric.NC1.exportedName(), Double.NaN);
    }
}
