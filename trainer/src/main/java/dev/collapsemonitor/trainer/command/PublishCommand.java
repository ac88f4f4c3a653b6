package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import dev.collapsemonitor.protocol.v1.Split;
import dev.collapsemonitor.trainer.arrays.ArrayOptions;
import dev.collapsemonitor.trainer.arrays.LayerArrays;
import dev.collapsemonitor.trainer.arrays.NpyArray;
import dev.collapsemonitor.trainer.publish.Broker;
import dev.collapsemonitor.trainer.publish.FeatureSet;
import dev.collapsemonitor.trainer.publish.Measures;
import dev.collapsemonitor.trainer.publish.Moment;
import dev.collapsemonitor.trainer.publish.PublisherOptions;
import dev.collapsemonitor.trainer.publish.RunPublisher;
import dev.collapsemonitor.trainer.publish.WeightSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Publishes saved arrays as a snapshot, from any framework.
 *
 * <p>The same arrays make the same records, byte for byte, so publishing them twice changes nothing. No end of the run
 * is published: more layers and steps may follow at any time.
 */
@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        showDefaultValues = true,
        description = "Publishes saved arrays of one layer as a snapshot. A second layer adds to the run.")
public final class PublishCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Mixin
    KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--run", required = true, description = "Name of the run.")
    String run;

    @Option(names = "--layer", required = true, description = "Name of the layer whose inputs and weights these are.")
    String layer;

    @Option(names = "--step", required = true, description = "Optimizer updates made.")
    long step;

    @Option(names = "--epoch", defaultValue = "0", description = "Epochs completed.")
    double epoch;

    @Option(names = "--experiment", defaultValue = "", description = "Groups runs.")
    String experiment;

    @Option(names = "--batch", paramLabel = "ROWS", description = "Most rows in one record. Default: as many as fit.")
    Integer batch;

    @Option(names = "--split", defaultValue = "train", description = "train or test.")
    String split;

    @Mixin
    ArrayOptions arrayOptions = new ArrayOptions();

    @Override
    public Integer call() {
        Split splitKind = splitKind();
        if (step < 0) {
            throw new UserException("--step " + step + " is negative; count the updates from 0");
        }
        if (batch != null && batch < 1) {
            throw new UserException("--batch " + batch + " is no number of rows; give 1 or more");
        }
        LayerArrays arrays = arrayOptions.load();
        Broker broker = kafka.broker();
        SavedRun saved = new SavedRun(run, experiment, layer, arrays);
        saved.requireNames();
        broker.check();
        RunDescriptor descriptor = saved.descriptor(broker.descriptor(run));
        Layer described = saved.layerOf(descriptor);
        int rowLimit = batch == null ? Integer.MAX_VALUE : batch;
        Moment moment = new Moment(descriptor.getAttempt(), epoch, step);
        long dropped;
        try (RunPublisher publisher = RunPublisher.connect(broker, descriptor, PublisherOptions.forFiles(rowLimit))) {
            publisher.describe();
            arrays.features()
                    .ifPresent(rows -> publisher.features(features(arrays, rows, described, splitKind), moment));
            arrays.weights()
                    .ifPresent(rows ->
                            publisher.weights(weights(arrays, rows, described, descriptor.getClasses()), moment));
            publisher.progress(epoch, step, measures(arrays, splitKind));
            publisher.close();
            dropped = publisher.dropped();
        }
        if (dropped > 0) {
            throw new UserException(dropped + " records did not reach broker " + kafka.bootstrap()
                    + "; publish again once it is well: what arrived is recognised");
        }
        return 0;
    }

    private Split splitKind() {
        return switch (split) {
            case "train" -> Split.TRAIN;
            case "test" -> Split.TEST;
            default -> throw new UserException("--split " + split + " is unknown; use train or test");
        };
    }

    private static FeatureSet features(LayerArrays arrays, NpyArray rows, Layer layer, Split split) {
        return new FeatureSet(
                layer,
                split,
                arrays.classes(),
                new ArrayRows(rows),
                arrays.labels(),
                arrays.predictions(),
                arrays.weights().isPresent());
    }

    private static WeightSet weights(LayerArrays arrays, NpyArray rows, Layer layer, int classes) {
        return new WeightSet(
                layer,
                new ArrayRows(rows),
                arrays.bias()
                        .<WeightSet.Bias>map(bias -> new WeightSet.BiasRow(new BiasRows(bias)))
                        .orElseGet(WeightSet.NoBias::new),
                new WeightSet.Decaying(arrays.weightDecay().orElse(0), arrays.coupling(), false),
                arrays.loss(),
                arrays.features().isPresent(),
                classes);
    }

    private static Measures measures(LayerArrays arrays, Split split) {
        if (arrays.predictions().length == 0 || split != Split.TRAIN) {
            return Measures.NONE;
        }
        int correct = 0;
        for (int i = 0; i < arrays.labels().length; i++) {
            correct += arrays.labels()[i] == arrays.predictions()[i] ? 1 : 0;
        }
        return new Measures(Double.NaN, (double) correct / arrays.labels().length, Double.NaN);
    }
}
