package dev.collapsemonitor.monitor.exposition;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.geometry.MetricValues;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunInsight;
import dev.collapsemonitor.protocol.v1.Alert;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** JSON views of runs and their results. */
final class ApiViews {
    private final ObjectMapper mapper = new ObjectMapper();

    /** One run with the newest training snapshot of each layer. */
    ObjectNode run(Run run) {
        RunDescriptor descriptor = run.descriptor();
        Progress progress = run.progress();
        ObjectNode view = mapper.createObjectNode()
                .put("run", run.name())
                .put("experiment", descriptor.getExperiment())
                .put("attempt", run.attempt())
                .put("status", run.status().name())
                .put("reason", progress.getReason())
                .put("step", progress.getStep())
                .put("total_steps", descriptor.getTotalSteps())
                .put("epoch", finite(progress.getEpoch()))
                .put("loss", progress.hasLoss() ? finite(progress.getLoss()) : null)
                .put("accuracy", progress.hasAccuracy() ? finite(progress.getAccuracy()) : null)
                .put("learning_rate", progress.hasLearningRate() ? finite(progress.getLearningRate()) : null)
                .put("batches_dropped", progress.getBatchesDropped())
                .put("last_record_millis", run.lastRecordMillis())
                .put("dataset", descriptor.getDataset())
                .put("optimizer", descriptor.getOptimizer().getName())
                .put("momentum", finite(descriptor.getOptimizer().getMomentum()))
                .put("weight_decay", finite(descriptor.getWeightDecay().getLambda()))
                .put("coupling", lower(descriptor.getWeightDecay().getCoupling()));
        ObjectNode rejected = view.putObject("rejected_records");
        run.rejected().forEach((reason, records) -> rejected.put(reason.label(), records));
        ObjectNode hyperparameters = view.putObject("hyperparameters");
        new TreeMap<>(descriptor.getHyperparametersMap()).forEach(hyperparameters::put);
        putForecast(view, run.insight());
        putDepth(view, RunDepth.of(run));
        RunElasticity.of(run)
                .ifPresentOrElse(
                        elasticity -> putElasticity(view.putObject("elasticity"), elasticity),
                        () -> view.putNull("elasticity"));
        ArrayNode layers = view.putArray("layers");
        List<LayerResult> current = run.current();
        for (Layer layer : run.layers()) {
            ObjectNode node = layers.addObject()
                    .put("name", layer.getName())
                    .put("index", layer.getIndex())
                    .put("classifier", layer.getClassifier());
            current.stream()
                    .filter(result -> result.getLayer().getName().equals(layer.getName()))
                    .filter(result -> result.getMode() == Mode.SNAPSHOT && result.getSplit() == Split.TRAIN)
                    .findFirst()
                    .ifPresent(result -> addResult(node, run, result));
        }
        return view;
    }

    private static void putDepth(ObjectNode view, RunDepth depth) {
        if (depth.layers().isEmpty()) {
            view.putNull("depth");
            return;
        }
        LayerResult layer = depth.layers().get(0);
        ObjectNode node = view.putObject("depth")
                .put("step", layer.getStep())
                .put("epoch", finite(layer.getEpoch()))
                .put("layers", depth.layers().size());
        depth.metrics().values().forEach((metric, value) -> node.put(metric.exportedName(), value));
        ObjectNode undefined = node.putObject("undefined");
        depth.metrics().undefined().forEach((metric, reason) -> undefined.put(metric.exportedName(), reason));
    }

    private static void putElasticity(ObjectNode node, MetricValues elasticity) {
        elasticity.values().forEach((metric, value) -> node.put(metric.exportedName(), value));
        ObjectNode undefined = node.putObject("undefined");
        elasticity.undefined().forEach((metric, reason) -> undefined.put(metric.exportedName(), reason));
    }

    /** A change of status or phase. */
    ObjectNode event(Alert event) {
        ObjectNode node = mapper.createObjectNode()
                .put("sequence", event.getSequence())
                .put("attempt", event.getAttempt())
                .put("subject", event.getSubject())
                .put("from", event.getFrom())
                .put("to", event.getTo())
                .put("step", event.getStep())
                .put("epoch", finite(event.getEpoch()))
                .put("time_millis", event.getTimeMs())
                .put("reason", event.getReason());
        ObjectNode metrics = node.putObject("metrics");
        new TreeMap<>(event.getMetricsMap()).forEach((name, value) -> metrics.put(name, finite(value)));
        return node;
    }

    private static void putForecast(ObjectNode view, RunInsight insight) {
        view.put("phase", insight.phases().phase().name());
        if (insight.phases().terminalStep().isPresent()) {
            view.put("terminal_step", insight.phases().terminalStep().getAsLong());
        } else {
            view.putNull("terminal_step");
        }
        view.putObject("forecast")
                .put("sentence", insight.sentence())
                .put("finding", insight.finding().orElse(null))
                .put(Metric.DECAY_BUDGET.exportedName(), finite(insight.decayBudget()));
    }

    /** One result as an entry of a history. */
    ObjectNode result(Run run, LayerResult result) {
        ObjectNode node = mapper.createObjectNode().put("attempt", result.getAttempt());
        addResult(node, run, result);
        return node;
    }

    private static void addResult(ObjectNode node, Run run, LayerResult result) {
        node.put("step", result.getStep())
                .put("epoch", finite(result.getEpoch()))
                .put("mode", lower(result.getMode()))
                .put("split", lower(result.getSplit()))
                .put("coverage", result.getCoverage())
                .put("samples", result.getSamples());
        ObjectNode metrics = node.putObject("metrics");
        new TreeMap<>(result.getMetricsMap()).forEach((name, value) -> metrics.put(name, finite(value)));
        double forecast = RunForecast.nc0(run, result);
        if (Double.isFinite(forecast)) {
            metrics.put(Metric.NC0_FORECAST.exportedName(), forecast);
        }
        putTexts(node.putObject("undefined"), result.getUndefinedMap());
        putTexts(node.putObject("notes"), result.getNotesMap());
    }

    private static void putTexts(ObjectNode node, Map<String, String> texts) {
        new TreeMap<>(texts).forEach(node::put);
    }

    /** Loss and accuracy of a run at one step. */
    ObjectNode progress(Progress progress) {
        return mapper.createObjectNode()
                .put("attempt", progress.getAttempt())
                .put("step", progress.getStep())
                .put("epoch", finite(progress.getEpoch()))
                .put("loss", progress.hasLoss() ? finite(progress.getLoss()) : null)
                .put("accuracy", progress.hasAccuracy() ? finite(progress.getAccuracy()) : null)
                .put("learning_rate", progress.hasLearningRate() ? finite(progress.getLearningRate()) : null);
    }

    ArrayNode array() {
        return mapper.createArrayNode();
    }

    ObjectNode error(String message) {
        return mapper.createObjectNode().put("error", message);
    }

    byte[] bytes(Object node) {
        try {
            return mapper.writeValueAsBytes(node);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot be written", e);
        }
    }

    /** JSON has no NaN and no infinity. */
    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
