package dev.collapsemonitor.standalone.report;

import dev.collapsemonitor.standalone.export.DescriptorRow;
import dev.collapsemonitor.standalone.export.ExperimentRows;
import dev.collapsemonitor.standalone.export.ProgressRow;
import dev.collapsemonitor.standalone.export.ResultRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows as {@code export} has them, of runs that nobody trained. */
public final class MadeUpRuns {
    /** The broker's time of all rows, in 2026. */
    public static final long TIME = 1_795_000_000_000L;

    private final String experiment;
    private final List<ResultRow> results = new ArrayList<>();
    private final List<ProgressRow> progress = new ArrayList<>();
    private final List<DescriptorRow> descriptors = new ArrayList<>();

    public MadeUpRuns(String experiment) {
        this.experiment = experiment;
    }

    /** Declares a run that finished: SGD at rate 0.1 with coupled decay 0.01, 1000 steps, unless its settings say otherwise. */
    public MadeUpRuns run(String run, Map<String, String> settings) {
        return run(run, 1, settings, "finished", "");
    }

    /** Declares a run. */
    public MadeUpRuns run(String run, int attempt, Map<String, String> settings, String status, String reason) {
        String optimizer = settings.getOrDefault("optimizer", "sgd");
        descriptors.add(new DescriptorRow(
                run,
                experiment,
                attempt,
                "made up",
                "strokes",
                4,
                List.of(10L, 10L, 10L, 10L),
                List.of(),
                "cross_entropy",
                0,
                optimizer.startsWith("adam") ? "adam" : "sgd",
                optimizer,
                Double.parseDouble(settings.getOrDefault("momentum", "0")),
                Double.parseDouble(settings.getOrDefault("weight_decay", "0.01")),
                optimizer.equals("adamw") ? "decoupled" : "coupled",
                0,
                false,
                false,
                "constant",
                Double.parseDouble(settings.getOrDefault("lr", "0.1")),
                List.of(),
                0,
                0,
                1000,
                100,
                10,
                new TreeMap<>(settings),
                status,
                reason,
                0,
                TIME));
        return this;
    }

    /** A result of the layer fc, the classifier, whose index is 1. */
    public MadeUpRuns result(String run, int attempt, long step, Map<String, Double> metrics) {
        return result(run, attempt, "fc", step, metrics);
    }

    /** A result of a layer: of conv at index 0 or of fc. */
    public MadeUpRuns result(String run, int attempt, String layer, long step, Map<String, Double> metrics) {
        boolean classifier = layer.equals("fc");
        results.add(new ResultRow(
                run,
                experiment,
                attempt,
                layer,
                classifier ? 1 : 0,
                classifier,
                "snapshot",
                "train",
                step,
                step / 100.0,
                1,
                40,
                TIME + step,
                false,
                false,
                new TreeMap<>(metrics),
                Map.of(),
                Map.of(),
                List.of(4.0, 2.0, 1.0),
                List.of()));
        return this;
    }

    /** What the trainer said at a step. */
    public MadeUpRuns loss(String run, int attempt, long step, double loss) {
        progress.add(
                new ProgressRow(run, experiment, attempt, step, step / 100.0, loss, 1 - loss / 4, 0.1, 0, TIME + step));
        return this;
    }

    public ExperimentRows rows() {
        return new ExperimentRows(
                results.stream().sorted(ResultRow.ORDER).toList(),
                progress.stream().sorted(ProgressRow.ORDER).toList(),
                descriptors.stream().sorted(DescriptorRow.ORDER).toList());
    }
}
