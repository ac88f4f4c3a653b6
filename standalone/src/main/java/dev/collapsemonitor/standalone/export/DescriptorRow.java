package dev.collapsemonitor.standalone.export;

import dev.collapsemonitor.protocol.v1.Coupling;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.LayerKind;
import dev.collapsemonitor.protocol.v1.Loss;
import dev.collapsemonitor.protocol.v1.LossKind;
import dev.collapsemonitor.protocol.v1.Optimizer;
import dev.collapsemonitor.protocol.v1.OptimizerKind;
import dev.collapsemonitor.protocol.v1.Progress;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Schedule;
import dev.collapsemonitor.protocol.v1.ScheduleKind;
import dev.collapsemonitor.protocol.v1.WeightDecay;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was declared of the newest attempt of a run before its first step, and how that attempt ended. One row per run. Words
 * are empty and numbers 0 where nothing was declared.
 *
 * @param classCounts training samples per class
 * @param loss {@code cross_entropy} or {@code mse}
 * @param optimizer the rule, such as {@code sgd} or {@code sign_sgd}
 * @param optimizerName as the framework calls it
 * @param weightDecay λ; null when it was not declared
 * @param coupling {@code coupled}, {@code decoupled} or {@code mixed}
 * @param coupledShare of λ, where coupling is mixed
 * @param schedule {@code constant}, {@code step} or {@code cosine}
 * @param scheduleMilestones fractions of all steps
 * @param settings hyper-parameters as the trainer names them
 * @param status {@code finished}, {@code failed}, {@code unfinished}, or {@code unknown} when the broker has no progress of
 *     the attempt any more
 * @param reason why it failed
 * @param recordsDropped by the publisher during the attempt
 * @param timeMillis when it was declared, by the broker's clock
 */
public record DescriptorRow(
        String run,
        String experiment,
        int attempt,
        String framework,
        String dataset,
        int classes,
        List<Long> classCounts,
        List<LayerRow> layers,
        String loss,
        double labelSmoothing,
        String optimizer,
        String optimizerName,
        double momentum,
        Double weightDecay,
        String coupling,
        double coupledShare,
        boolean biasDecayed,
        boolean lastLayerExcluded,
        String schedule,
        double learningRate,
        List<Double> scheduleMilestones,
        double scheduleFactor,
        long warmupSteps,
        long totalSteps,
        long stepsPerEpoch,
        int totalEpochs,
        Map<String, String> settings,
        String status,
        String reason,
        long recordsDropped,
        long timeMillis) {
    /** By run. */
    public static final Comparator<DescriptorRow> ORDER = Comparator.comparing(DescriptorRow::run);

    /**
     * A declared layer.
     *
     * @param kind {@code dense} or {@code convolution}
     * @param weightDims rows × columns
     */
    public record LayerRow(
            int index, String name, String kind, boolean classifier, long featureDim, List<Long> weightDims) {}

    /** How an attempt ended, as the trainer said. */
    record End(String status, String reason, long recordsDropped) {
        static final End UNKNOWN = new End("unknown", "", 0);

        /** After a later record of the trainer: an end stays one. */
        End then(Progress progress) {
            long dropped = Math.max(recordsDropped, progress.getBatchesDropped());
            return switch (progress.getEvent()) {
                case FINISHED -> new End("finished", "", dropped);
                case FAILED -> new End("failed", progress.getReason(), dropped);
                case STARTED, HEARTBEAT, PROGRESS_UNSPECIFIED, UNRECOGNIZED ->
                    new End(this.equals(UNKNOWN) ? "unfinished" : status, reason, dropped);
            };
        }
    }

    static DescriptorRow of(RunDescriptor declared, End end, long timeMillis) {
        Optimizer optimizer = declared.getOptimizer();
        WeightDecay decay = declared.getWeightDecay();
        Schedule schedule = declared.getSchedule();
        return new DescriptorRow(
                declared.getRun(),
                declared.getExperiment(),
                declared.getAttempt(),
                declared.getFramework(),
                declared.getDataset(),
                declared.getClasses(),
                List.copyOf(declared.getClassCountsList()),
                declared.getLayersList().stream().map(DescriptorRow::layer).toList(),
                word(declared.getLoss().getKind(), LossKind.LOSS_UNSPECIFIED),
                declared.getLoss().getLabelSmoothing(),
                word(optimizer.getKind(), OptimizerKind.OPTIMIZER_UNSPECIFIED),
                optimizer.getName(),
                optimizer.getMomentum(),
                declared.hasWeightDecay() ? (Double) decay.getLambda() : null,
                word(decay.getCoupling(), Coupling.COUPLING_UNSPECIFIED),
                decay.getCoupledShare(),
                decay.getBiasDecayed(),
                decay.getLastLayerExcluded(),
                word(schedule.getKind(), ScheduleKind.SCHEDULE_UNSPECIFIED),
                schedule.getBase(),
                List.copyOf(schedule.getMilestonesList()),
                schedule.getFactor(),
                schedule.getWarmupSteps(),
                declared.getTotalSteps(),
                declared.getStepsPerEpoch(),
                declared.getTotalEpochs(),
                new TreeMap<>(declared.getHyperparametersMap()),
                end.status(),
                end.reason(),
                end.recordsDropped(),
                timeMillis);
    }

    /** A run of which results are known and nothing else. */
    public static DescriptorRow undeclared(String run, String experiment) {
        return of(
                RunDescriptor.newBuilder().setRun(run).setExperiment(experiment).build(), End.UNKNOWN, 0);
    }

    private static LayerRow layer(Layer layer) {
        return new LayerRow(
                layer.getIndex(),
                layer.getName(),
                word(layer.getKind(), LayerKind.LAYER_KIND_UNSPECIFIED),
                layer.getClassifier(),
                layer.getFeatureDim(),
                List.copyOf(layer.getWeightDimsList()));
    }

    /** The descriptor again, as far as forecasts read it: all but layers and what the trainer calls things. */
    public RunDescriptor declared() {
        RunDescriptor.Builder declared = RunDescriptor.newBuilder()
                .setRun(run)
                .setExperiment(experiment)
                .setAttempt(attempt)
                .setDataset(dataset)
                .setClasses(classes)
                .addAllClassCounts(classCounts)
                .setLoss(Loss.newBuilder()
                        .setKind(value(LossKind.class, loss, LossKind.LOSS_UNSPECIFIED))
                        .setLabelSmoothing(labelSmoothing))
                .setOptimizer(Optimizer.newBuilder()
                        .setKind(value(OptimizerKind.class, optimizer, OptimizerKind.OPTIMIZER_UNSPECIFIED))
                        .setName(optimizerName)
                        .setMomentum(momentum))
                .setSchedule(Schedule.newBuilder()
                        .setKind(value(ScheduleKind.class, schedule, ScheduleKind.SCHEDULE_UNSPECIFIED))
                        .setBase(learningRate)
                        .addAllMilestones(scheduleMilestones)
                        .setFactor(scheduleFactor)
                        .setWarmupSteps(warmupSteps))
                .setTotalSteps(totalSteps)
                .setStepsPerEpoch(stepsPerEpoch)
                .setTotalEpochs(totalEpochs)
                .putAllHyperparameters(settings);
        if (weightDecay != null) {
            declared.setWeightDecay(WeightDecay.newBuilder()
                    .setLambda(weightDecay)
                    .setCoupling(value(Coupling.class, coupling, Coupling.COUPLING_UNSPECIFIED))
                    .setCoupledShare(coupledShare)
                    .setBiasDecayed(biasDecayed)
                    .setLastLayerExcluded(lastLayerExcluded));
        }
        return declared.build();
    }

    private static <E extends Enum<E>> String word(E value, E unspecified) {
        return value == unspecified ? "" : value.name().toLowerCase(Locale.ROOT);
    }

    /** A word that only a newer build knows counts as not said. */
    private static <E extends Enum<E>> E value(Class<E> kind, String word, E unspecified) {
        for (E candidate : kind.getEnumConstants()) {
            if (!word.isEmpty() && candidate.name().toLowerCase(Locale.ROOT).equals(word)) {
                return candidate;
            }
        }
        return unspecified;
    }
}
