package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nd4j.linalg.dataset.api.DataSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A network in training and what of it is captured when. */
final class ObservedRun {
    private static final Logger log = LoggerFactory.getLogger(ObservedRun.class);

    private final ObservedNetwork network;
    private final NetworkInspector inspector;
    private final CollapsePublisher.Builder settings;
    private final SnapshotSamples train;
    private final RunDescriptor descriptor;
    private final SnapshotCapture snapshots;
    private final RollingCapture rolling;
    private final long snapshotBytes;
    private RunPublisher publisher;
    private long stepAtEpochStart;

    private ObservedRun(
            ObservedNetwork network, CollapsePublisher.Builder settings, SnapshotSamples train, int attempt) {
        this.network = network;
        this.settings = settings;
        this.train = train;
        EvaluationPass sample = EvaluationPass.over(network.nodes(), train.rows(0, 1));
        inspector = new NetworkInspector(network.nodes(), sample);
        List<WeightLayer> layers = chosen(settings, inspector.layers());
        descriptor = describe(layers, attempt);
        LayerWeights weights = new LayerWeights(
                descriptor.getLoss().getKind(),
                Arrays.stream(train.classCounts()).boxed().toList());
        snapshots = new SnapshotCapture(
                network, layers, weights, descriptor.getLoss().getKind(), sample.values(), settings.signals);
        rolling = new RollingCapture(
                network, layers, inspector.classifier(), weights, train.classes(), settings.rollingWeightsEvery);
        snapshotBytes = snapshots.featureBytes(Split.TRAIN, train.size())
                + settings.test
                        .map(samples -> snapshots.featureBytes(Split.TEST, samples.size()))
                        .orElse(0L)
                + snapshots.weightBytes();
        network.clear();
    }

    static ObservedRun of(ObservedNetwork network, CollapsePublisher.Builder settings, int attempt) {
        return new ObservedRun(network, settings, settings.train.orElseThrow(), attempt);
    }

    private static List<WeightLayer> chosen(CollapsePublisher.Builder settings, List<WeightLayer> layers) {
        Set<String> known = layers.stream().map(WeightLayer::name).collect(Collectors.toCollection(TreeSet::new));
        for (String name : settings.namedLayers) {
            if (!known.contains(name)) {
                throw new UserException(
                        "run " + settings.run + " has no layer " + name + " to publish; it has " + known);
            }
        }
        List<WeightLayer> chosen = layers.stream()
                .filter(layer -> settings.chosenLayers.test(layer.name()))
                .toList();
        if (chosen.isEmpty()) {
            throw new UserException("run " + settings.run + ": none of its layers " + known + " was chosen");
        }
        return chosen;
    }

    private RunDescriptor describe(List<WeightLayer> layers, int attempt) {
        RunDescriptor.Builder described = RunDescriptor.newBuilder()
                .setRun(settings.run)
                .setExperiment(settings.experiment)
                .setAttempt(attempt)
                .setFramework("DeepLearning4J")
                .setDataset(settings.dataset)
                .setClasses(train.classes())
                .setLoss(inspector.loss())
                .setOptimizer(OptimizerInspector.optimizer(inspector.updater()))
                .setSchedule(OptimizerInspector.schedule(inspector.updater()))
                .setWeightDecay(inspector.weightDecay())
                .setTotalSteps(settings.stepsPerEpoch * settings.epochs)
                .setStepsPerEpoch(settings.stepsPerEpoch)
                .setTotalEpochs(settings.epochs)
                .setHeartbeatIntervalMs(settings.heartbeat.toMillis())
                .putAllHyperparameters(settings.hyperparameters);
        for (long count : train.classCounts()) {
            described.addClassCounts(count);
        }
        layers.forEach(layer -> described.addLayers(layer.layer()));
        return described.build();
    }

    ObservedNetwork network() {
        return network;
    }

    RunDescriptor descriptor() {
        return descriptor;
    }

    /** The chosen options, with room for one snapshot at least unless the user decided on the room. */
    PublisherOptions options() {
        PublisherOptions options = settings.options();
        if (settings.queueBytes.isEmpty()) {
            long affordable = Math.min(snapshotBytes, Runtime.getRuntime().maxMemory() / 4);
            options = options.withQueueBytes(Math.max(options.queueBytes(), affordable));
        }
        if (snapshotBytes > options.queueBytes()) {
            log.warn(
                    "run {}: a snapshot of {} bytes does not fit into the queue of {}: parts are dropped when the broker is"
                            + " slower than the pass; choose fewer samples or layers, or raise queueBytes",
                    settings.run,
                    snapshotBytes,
                    options.queueBytes());
        }
        return options;
    }

    void publishTo(RunPublisher connected) {
        publisher = connected;
    }

    void epochStarts() {
        stepAtEpochStart = network.steps();
    }

    /** Takes a snapshot of the weights after so many epochs. */
    SampleScore snapshot(int completed) {
        Moment moment = new Moment(descriptor.getAttempt(), completed, network.steps());
        List<SnapshotSamples> test = new ArrayList<>();
        settings.test.ifPresent(test::add);
        SampleScore score = snapshots.publish(publisher, moment, train, test);
        List<WeightLayer> layers = inspector.layers();
        double rate = network.learningRate(layers.get(layers.size() - 1).node());
        publisher.progress(moment.epoch(), moment.step(), score.measures(rate));
        return score;
    }

    /** A forward pass of the training was made, and its update is still to come. */
    void forwardPass(Object activations, LabelMemory labels) {
        long step = network.steps();
        if (settings.rollingEvery > 0 && step % settings.rollingEvery == 0) {
            rolling.publish(publisher, activations, labels.labels(), now(step));
        }
    }

    /**
     * Publishes logits around an update.
     *
     * @param updated the network that {@code update} changes: the one in training, or a copy of it
     */
    void elasticity(ObservedNetwork updated, DataSet batch, Runnable update) {
        SnapshotSamples probes = settings.probes.orElseThrow(() ->
                new UserException("run " + settings.run + ": elasticity needs a probe set; give elasticity(samples)"));
        WeightLayer classifier = inspector
                .classifier()
                .orElseThrow(() -> new UserException("run " + settings.run
                        + ": elasticity needs the logits of a dense classifier; the last layer is none"));
        Moment moment = now(network.steps());
        ElasticityMeasurement measurement = new ElasticityMeasurement(updated, classifier.node(), batch, probes);
        update.run();
        publisher.elasticity(moment.epoch(), moment.step(), measurement.after());
    }

    private Moment now(long step) {
        double fraction = settings.stepsPerEpoch == 0
                ? 0
                : Math.min(1, (double) (step - stepAtEpochStart) / settings.stepsPerEpoch);
        return new Moment(descriptor.getAttempt(), network.epochs() + fraction, step);
    }
}
