package dev.collapsemonitor.trainer.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a small network and publishes its snapshots. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        showDefaultValues = true,
        description = "Trains a fully connected network and publishes snapshots for the monitor.")
public final class TrainCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Option(names = "--bootstrap", required = true, paramLabel = "HOST:PORT", description = "The Kafka cluster.")
    String bootstrap;

    @Option(names = "--run", required = true, description = "Name of the run; used again, it gets a new attempt.")
    String run;

    @Option(names = "--experiment", defaultValue = "", description = "Groups runs.")
    String experiment;

    @Option(names = "--dataset", defaultValue = "strokes", description = "strokes (built in), mnist or fashion-mnist.")
    String dataset;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the IDX files of mnist or fashion-mnist are.")
    Path dataDir;

    @Option(
            names = "--train-samples",
            paramLabel = "N",
            description = "Class-balanced subset of the training set. Default: all.")
    Integer trainSamples;

    @Option(
            names = "--widths",
            split = ",",
            defaultValue = "256,128,64",
            description = "Hidden widths, from the input on.")
    List<Integer> widths;

    @Option(
            names = "--batch-norm",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Batch normalisation after each hidden layer.")
    boolean batchNorm;

    @Option(names = "--optimizer", defaultValue = "sgd", description = "sgd (heavy ball) or adamw.")
    String optimizer;

    @Option(names = "--lr", defaultValue = "0.05", description = "Learning rate at the start.")
    double learningRate;

    @Option(
            names = "--lr-milestones",
            split = ",",
            paramLabel = "FRACTION",
            description = "Fractions of the training at which the rate is divided by ten. Default: none.")
    List<Double> milestones = List.of();

    @Option(names = "--momentum", defaultValue = "0.9", description = "Momentum of sgd, beta1 of adamw.")
    double momentum;

    @Option(names = "--weight-decay", defaultValue = "5e-4", paramLabel = "LAMBDA", description = "Weight decay.")
    double weightDecay;

    @Option(
            names = "--coupling",
            paramLabel = "coupled|decoupled",
            description = "How weight decay meets the update. Default: coupled for sgd, decoupled for adamw.")
    String coupling;

    @Option(names = "--epochs", defaultValue = "40", description = "Epochs.")
    int epochs;

    @Option(names = "--batch-size", defaultValue = "64", description = "Samples of one step.")
    int batchSize;

    @Option(names = "--loss", defaultValue = "ce", description = "ce (cross-entropy) or mse.")
    String loss;

    @Option(names = "--seed", defaultValue = "1", description = "Of data, initial weights and order.")
    long seed;

    @Option(
            names = "--snapshot-every",
            defaultValue = "geometric:15",
            paramLabel = "EPOCHS",
            description = "5 (every fifth epoch), 1,2,5,10 (after these) or geometric:15 (that many, dense at first)."
                    + " The initial weights and the last epoch always.")
    String snapshotEvery;

    @Option(
            names = "--snapshot-samples",
            defaultValue = "2000",
            paramLabel = "N",
            description = "Training samples of a snapshot, class-balanced.")
    int snapshotSamples;

    @Option(
            names = "--snapshot-test-samples",
            defaultValue = "0",
            paramLabel = "N",
            description = "Test samples of a snapshot, class-balanced.")
    int snapshotTestSamples;

    @Option(
            names = "--heartbeat",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "Promises a sign of life in every such interval.")
    double heartbeatSeconds;

    @Option(names = "--json", description = "Print one line of JSON at the end.")
    boolean json;

    @Override
    public Integer call() {
        TrainingPlan plan = TrainingPlan.of(this);
        PrintWriter progress = spec.commandLine().getErr();
        TrainingSummary summary = new TrainingRun(plan, progress).execute();
        if (json) {
            PrintWriter results = spec.commandLine().getOut();
            results.println(summary.toJson());
            results.flush();
        }
        return 0;
    }
}
