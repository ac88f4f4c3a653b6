package dev.collapsemonitor.monitor.layer;

import dev.collapsemonitor.monitor.geometry.LayerContext;
import dev.collapsemonitor.monitor.geometry.LayerContext.Signals;
import dev.collapsemonitor.monitor.geometry.LayerMetrics;
import dev.collapsemonitor.monitor.geometry.Metric;
import dev.collapsemonitor.monitor.statistics.ClassStatistics;
import dev.collapsemonitor.monitor.statistics.LayerAccumulator;
import dev.collapsemonitor.monitor.statistics.LayerWeights;
import dev.collapsemonitor.protocol.v1.FeatureBatch;
import dev.collapsemonitor.protocol.v1.LayerResult;
import dev.collapsemonitor.protocol.v1.Mode;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.protocol.v1.WeightChunk;

/** Has the metrics computed and turns them into the record that is published. */
final class LayerResults {
    private LayerResults() {}

    /**
     * The result of a snapshot.
     *
     * @param weights of the same step, or null when they did not arrive
     * @param omegasBefore SNR singular values of the first snapshot of the attempt, or empty when none came before
     */
    static LayerResult of(OpenSnapshot snapshot, StepWeights weights, double[] omegasBefore) {
        return of(
                snapshot.announced(),
                snapshot.accumulator(),
                snapshot.parts().coverage(),
                snapshot.notFinite(),
                weights,
                new LayerContext(omegasBefore, signals(snapshot)));
    }

    /**
     * The result of some features.
     *
     * @param accumulator of what was merged, or null when nothing was
     * @param weights complete, or null
     */
    static LayerResult of(
            FeatureBatch announced,
            LayerAccumulator accumulator,
            double coverage,
            boolean notFinite,
            StepWeights weights,
            LayerContext context) {
        LayerResult.Builder result = LayerResult.newBuilder()
                .setRun(announced.getRun())
                .setLayer(announced.getLayer())
                .setAttempt(announced.getAttempt())
                .setEpoch(announced.getEpoch())
                .setStep(announced.getStep())
                .setMode(announced.getMode())
                .setSplit(announced.getSplit())
                .setCoverage(coverage)
                .setNotFinite(notFinite);
        if (accumulator != null) {
            ClassStatistics statistics = accumulator.statistics();
            result.setSamples(accumulator.observed()).setEstimated(statistics.scatter() == null);
            add(LayerMetrics.of(statistics, weights == null ? null : weights.weights(), context), result);
        }
        if (weights == null) {
            missesWeights(announced, result);
        } else if (announced.getMode() == Mode.ROLLING) {
            result.putMetrics(
                    Metric.WEIGHTS_AGE_STEPS.exportedName(),
                    announced.getStep() - weights.declared().getStep());
        }
        return result.build();
    }

    private static void missesWeights(FeatureBatch announced, LayerResult.Builder result) {
        boolean rolling = announced.getMode() == Mode.ROLLING;
        if (!announced.getWeightsFollow() && !rolling) {
            return;
        }
        String reason = rolling
                ? "no complete weights of step " + announced.getStep() + " or before arrived"
                : "the weights of step " + announced.getStep() + " did not arrive";
        for (Metric metric : Metric.values()) {
            boolean needsWeights = metric.scope() == Metric.Scope.WEIGHTS
                    || metric.scope() == Metric.Scope.BOTH
                    || (metric.scope() == Metric.Scope.CLASSIFIER
                            && announced.getLayer().getClassifier());
            if (needsWeights && (rolling || metric != Metric.WEIGHTS_AGE_STEPS)) {
                result.putUndefined(metric.exportedName(), reason);
            }
        }
    }

    private static Signals signals(OpenSnapshot snapshot) {
        if (snapshot.announced().getSplit() != Split.TRAIN) {
            return Signals.missing("the bound is about the training samples");
        }
        if (snapshot.parts().coverage() < 1) {
            return Signals.missing("parts of the snapshot are missing");
        }
        return snapshot.signals();
    }

    /** The result of weights that come without features. */
    static LayerResult of(WeightChunk declared, LayerWeights weights) {
        LayerResult.Builder result = identity(declared).setCoverage(1);
        add(LayerMetrics.ofWeights(weights, declared.getClasses()), result);
        return result.build();
    }

    /** Says that the weights of a step hold NaN or infinity: no metric, but the run has diverged. */
    static LayerResult ofNotFinite(WeightChunk declared) {
        return identity(declared).setNotFinite(true).build();
    }

    private static LayerResult.Builder identity(WeightChunk declared) {
        return LayerResult.newBuilder()
                .setRun(declared.getRun())
                .setLayer(declared.getLayer())
                .setAttempt(declared.getAttempt())
                .setEpoch(declared.getEpoch())
                .setStep(declared.getStep())
                .setMode(declared.getMode())
                .setSplit(Split.TRAIN);
    }

    private static void add(LayerMetrics computed, LayerResult.Builder result) {
        computed.metrics().values().forEach((metric, value) -> result.putMetrics(metric.exportedName(), value));
        computed.metrics().undefined().forEach((metric, reason) -> result.putUndefined(metric.exportedName(), reason));
        computed.metrics().notes().forEach((metric, note) -> result.putNotes(metric.exportedName(), note));
        for (double value : computed.singularValues()) {
            result.addSingularValues(value);
        }
        for (double value : computed.snrSingularValues()) {
            result.addSnrSingularValues(value);
        }
    }
}
