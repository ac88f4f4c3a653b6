package dev.collapsemonitor.monitor.exposition;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * What the page shows of a run among many: about a kilobyte each, however long the run is, so that hundreds can be asked
 * for every other second.
 */
final class FleetViews {
    /** Points of a small curve: one for every second pixel of its width. */
    static final int POINTS = 32;

    /** Of the classifier layer. */
    private static final List<Metric> SHOWN =
            List.of(Metric.NC0_RELATIVE, Metric.NC1, Metric.NC2_ETF_MEANS, Metric.NC3, Metric.NC4);

    /** The ones of {@link #SHOWN} whose course is told, too. */
    private static final List<Metric> CURVES = List.of(Metric.NC0_RELATIVE, Metric.NC1);

    private FleetViews() {}

    static ObjectNode of(Run run) {
        RunDescriptor descriptor = run.descriptor();
        Progress progress = run.progress();
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("run", run.name())
                .put("experiment", descriptor.getExperiment())
                .put("attempt", run.attempt())
                .put("status", run.status().name())
                .put("reason", progress.getReason())
                .put("phase", run.insight().phases().phase().name())
                .put("step", progress.getStep())
                .put("total_steps", descriptor.getTotalSteps())
                .put("epoch", Numbers.finite(progress.getEpoch()))
                .put("loss", progress.hasLoss() ? Numbers.finite(progress.getLoss()) : null)
                .put("accuracy", progress.hasAccuracy() ? Numbers.finite(progress.getAccuracy()) : null)
                .put("last_record_millis", run.lastRecordMillis())
                .put("dataset", descriptor.getDataset())
                .put("optimizer", descriptor.getOptimizer().getName())
                .put("weight_decay", descriptor.getWeightDecay().getLambda())
                .put("coupling", coupling(descriptor.getWeightDecay().getCoupling()));
        ObjectNode hyperparameters = view.putObject("hyperparameters");
        new TreeMap<>(descriptor.getHyperparametersMap()).forEach(hyperparameters::put);
        putClassifier(view, run);
        return view;
    }

    private static String coupling(Coupling coupling) {
        return coupling == Coupling.COUPLING_UNSPECIFIED ? "" : coupling.name().toLowerCase(Locale.ROOT);
    }

    private static void putClassifier(ObjectNode view, Run run) {
        String classifier = run.layers().stream()
                .filter(Layer::getClassifier)
                .map(Layer::getName)
                .findFirst()
                .orElse(null);
        view.put("classifier", classifier);
        ObjectNode metrics = view.putObject("metrics");
        ObjectNode curves = view.putObject("curves");
        if (classifier == null) {
            return;
        }
        List<LayerResult> snapshots = run.history(classifier, Mode.SNAPSHOT).stream()
                .filter(result -> result.getAttempt() == run.attempt() && result.getSplit() == Split.TRAIN)
                .toList();
        if (snapshots.isEmpty()) {
            return;
        }
        LayerResult newest = snapshots.get(snapshots.size() - 1);
        SHOWN.forEach(metric -> metrics.put(metric.exportedName(), value(newest, metric)));
        CURVES.forEach(metric -> putCurve(curves.putArray(metric.exportedName()), snapshots, metric));
    }

    /** The first, the last and evenly chosen ones between. */
    private static void putCurve(ArrayNode curve, List<LayerResult> snapshots, Metric metric) {
        int points = Math.min(POINTS, snapshots.size());
        for (int i = 0; i < points; i++) {
            int at = points == 1 ? 0 : (int) ((long) i * (snapshots.size() - 1) / (points - 1));
            curve.add(value(snapshots.get(at), metric));
        }
    }

    private static Double value(LayerResult result, Metric metric) {
        return Numbers.finite(result.getMetricsOrDefault(metric.exportedName(), Double.NaN));
    }
}
