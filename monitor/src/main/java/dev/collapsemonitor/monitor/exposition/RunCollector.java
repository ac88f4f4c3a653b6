package dev.collapsemonitor.monitor.exposition;

import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot.StateSetDataPointSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The series of all runs, made from the directory at every scrape: nothing is registered per run, so nothing can be left
 * behind, and the values of one result are never torn apart.
 *
 * <p>No explicit timestamps: they would defeat Prometheus' staleness handling.
 */
public final class RunCollector implements MultiCollector {
    /** How long the series of an ended run stay, so that alerts and dashboards see the end. */
    public static final Duration KEPT_AFTER_END = Duration.ofMinutes(15);

    private static final String PREFIX = "collapse_";

    private final RunDirectory runs;
    private final Duration keptAfterEnd;

    public RunCollector(RunDirectory runs) {
        this(runs, KEPT_AFTER_END);
    }

    /** @param keptAfterEnd how long the series of an ended run stay */
    public RunCollector(RunDirectory runs, Duration keptAfterEnd) {
        this.runs = runs;
        this.keptAfterEnd = keptAfterEnd;
    }

    private record LabelledResult(Labels labels, Run run, LayerResult result) {}

    @Override
    public MetricSnapshots collect() {
        Map<Metric, List<GaugeDataPointSnapshot>> gauges = new EnumMap<>(Metric.class);
        List<StateSetDataPointSnapshot> states = new ArrayList<>();
        List<StateSetDataPointSnapshot> phases = new ArrayList<>();
        List<InfoDataPointSnapshot> infos = new ArrayList<>();
        List<CounterDataPointSnapshot> rejects = new ArrayList<>();
        List<LabelledResult> layers = new ArrayList<>();
        for (Run run : runs.all()) {
            if (run.ended() && run.silenceMillis() > keptAfterEnd.toMillis()) {
                continue;
            }
            RunDescriptor descriptor = run.descriptor();
            Labels labels = Labels.of("run", run.name(), "experiment", descriptor.getExperiment());
            states.add(states(labels, run.status()));
            phases.add(states(labels, run.insight().phases().phase()));
            infos.add(info(labels, descriptor));
            rejects.add(rejects(run, labels));
            List<LayerResult> current = run.current();
            addRun(run, current, labels, gauges);
            for (LayerResult result : current) {
                layers.add(new LabelledResult(labels.merge(layerLabels(result)), run, result));
            }
        }
        // Once for all metrics: the registry sorts the series of each, and what is in order costs it next to nothing.
        layers.sort(Comparator.comparing(LabelledResult::labels));
        layers.forEach(layer -> addLayer(layer, gauges));
        List<MetricSnapshot> snapshots = new ArrayList<>();
        gauges.forEach((metric, points) -> snapshots.add(
                new GaugeSnapshot(new MetricMetadata(PREFIX + metric.exportedName(), metric.help()), points)));
        if (!states.isEmpty()) {
            snapshots.add(new StateSetSnapshot(
                    new MetricMetadata(PREFIX + "run_status", "Status of the run: the state whose series is 1"),
                    states));
            snapshots.add(new StateSetSnapshot(
                    new MetricMetadata(
                            PREFIX + "run_phase", "How far the collapse of the run is: the state whose series is 1"),
                    phases));
            snapshots.add(
                    new InfoSnapshot(new MetricMetadata(PREFIX + "run", "What the run declared about itself"), infos));
            snapshots.add(new CounterSnapshot(
                    new MetricMetadata(
                            PREFIX + "run_rejected_records", "Records of the run that went to the dead letters"),
                    rejects));
        }
        return new MetricSnapshots(snapshots);
    }

    private static CounterDataPointSnapshot rejects(Run run, Labels labels) {
        long records =
                run.rejected().values().stream().mapToLong(Long::longValue).sum();
        return CounterDataPointSnapshot.builder().labels(labels).value(records).build();
    }

    private static <E extends Enum<E>> StateSetDataPointSnapshot states(Labels labels, E state) {
        StateSetDataPointSnapshot.Builder builder =
                StateSetDataPointSnapshot.builder().labels(labels);
        for (E candidate : state.getDeclaringClass().getEnumConstants()) {
            builder.state(candidate.name(), candidate == state);
        }
        return builder.build();
    }

    private static InfoDataPointSnapshot info(Labels labels, RunDescriptor descriptor) {
        return InfoDataPointSnapshot.builder()
                .labels(labels.merge(Labels.of(
                        "dataset",
                        descriptor.getDataset(),
                        "framework",
                        descriptor.getFramework(),
                        "loss",
                        lower(descriptor.getLoss().getKind()),
                        "optimizer",
                        lower(descriptor.getOptimizer().getKind()),
                        "momentum",
                        Double.toString(descriptor.getOptimizer().getMomentum()),
                        "coupling",
                        lower(descriptor.getWeightDecay().getCoupling()),
                        "weight_decay",
                        Double.toString(descriptor.getWeightDecay().getLambda()))))
                .build();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void addRun(
            Run run, List<LayerResult> current, Labels labels, Map<Metric, List<GaugeDataPointSnapshot>> gauges) {
        Progress progress = run.progress();
        add(gauges, Metric.ATTEMPT, labels, run.attempt());
        add(gauges, Metric.STEP, labels, progress.getStep());
        add(gauges, Metric.EPOCH, labels, progress.getEpoch());
        add(gauges, Metric.LAST_RECORD_TIMESTAMP_SECONDS, labels, run.lastRecordMillis() / 1000.0);
        if (progress.hasLoss()) {
            add(gauges, Metric.LOSS, labels, progress.getLoss());
        }
        if (progress.hasAccuracy()) {
            add(gauges, Metric.ACCURACY, labels, progress.getAccuracy());
        }
        if (progress.hasLearningRate()) {
            add(gauges, Metric.LEARNING_RATE, labels, progress.getLearningRate());
        }
        add(gauges, Metric.DECAY_BUDGET, labels, run.insight().decayBudget());
        current.stream()
                .mapToDouble(LayerResult::getCoverage)
                .min()
                .ifPresent(coverage -> add(gauges, Metric.SNAPSHOT_COVERAGE, labels, coverage));
        RunDepth.of(run).metrics().values().forEach((metric, value) -> add(gauges, metric, labels, value));
        RunElasticity.of(run)
                .ifPresent(elasticity ->
                        elasticity.values().forEach((metric, value) -> add(gauges, metric, labels, value)));
    }

    private static Labels layerLabels(LayerResult result) {
        return Labels.of(
                "layer",
                result.getLayer().getName(),
                "mode",
                lower(result.getMode()),
                "split",
                lower(result.getSplit()));
    }

    private static void addLayer(LabelledResult layer, Map<Metric, List<GaugeDataPointSnapshot>> gauges) {
        add(gauges, Metric.NC0_FORECAST, layer.labels(), RunForecast.nc0(layer.run(), layer.result()));
        layer.result().getMetricsMap().forEach((name, value) -> {
            Metric metric = Metric.byName(name);
            // Results of a newer version may hold more.
            if (metric != null && metric.scope() != Metric.Scope.RUN) {
                add(gauges, metric, layer.labels(), value);
            }
        });
    }

    private static void add(
            Map<Metric, List<GaugeDataPointSnapshot>> gauges, Metric metric, Labels labels, double value) {
        if (!Double.isFinite(value)) {
            return; // absent, and the status says DIVERGED: NaN would spread through every aggregation
        }
        gauges.computeIfAbsent(metric, key -> new ArrayList<>())
                .add(GaugeDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
    }
}
