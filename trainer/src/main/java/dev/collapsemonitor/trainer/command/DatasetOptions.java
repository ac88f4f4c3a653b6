package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.trainer.data.ClassSubset;
import dev.collapsemonitor.trainer.data.CsvOptions;
import dev.collapsemonitor.trainer.data.DataLocation;
import dev.collapsemonitor.trainer.data.DataOptions;
import dev.collapsemonitor.trainer.data.DataSource;
import dev.collapsemonitor.trainer.data.DatasetCatalog;
import dev.collapsemonitor.trainer.data.FeatureScaling;
import dev.collapsemonitor.trainer.data.Imbalance;
import dev.collapsemonitor.trainer.data.ImbalanceProfile;
import dev.collapsemonitor.trainer.data.LabelColumn;
import dev.collapsemonitor.trainer.data.LabelNoise;
import dev.collapsemonitor.trainer.data.TotalSubset;
import dev.collapsemonitor.trainer.data.Transformation;
import dev.collapsemonitor.trainer.model.UnconstrainedFeatures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that choose the samples. */
final class DatasetOptions {
    private static final int USUAL_CLASSES = 10;
    private static final int USUAL_PER_CLASS = 100;

    @Option(
            names = "--dataset",
            defaultValue = "strokes",
            description = "strokes (built in), mnist, fashion-mnist, cifar-10, digits, iris, csv:FILE, or unconstrained"
                    + " (indices, for --model ufm).")
    String dataset;

    @Option(
            names = "--classes",
            paramLabel = "K",
            description = "Of --dataset unconstrained: number of classes. Default: 10.")
    Integer classes;

    @Option(
            names = "--train-samples",
            paramLabel = "N",
            description = "Class-balanced subset of the training set. Default: all.")
    Integer trainSamples;

    @Option(
            names = "--samples-per-class",
            paramLabel = "N",
            description = "So many training samples of each class. Default: all; of unconstrained 100.")
    Integer samplesPerClass;

    @Option(
            names = "--imbalance",
            paramLabel = "RATIO",
            description = "Makes the training set imbalanced: largest class over smallest. Default: as it is.")
    Double imbalance;

    @Option(
            names = "--imbalance-profile",
            paramLabel = "PROFILE",
            description = "step (half of the classes are small) or exponential (long tail). Default: step.")
    String imbalanceProfile;

    @Option(
            names = "--minority-classes",
            paramLabel = "N",
            description = "Of the step profile: how many classes are small, the last ones. Default: half of them.")
    Integer minorityClasses;

    @Option(
            names = "--label-noise",
            paramLabel = "SHARE",
            description = "Share of the training labels that are changed at random. Default: none.")
    Double labelNoise;

    @Option(
            names = "--label-column",
            defaultValue = "last",
            paramLabel = "COLUMN",
            description = "Of csv:FILE: last, a position from 1 on, or a name.")
    String labelColumn;

    @Option(
            names = "--test-fraction",
            defaultValue = "0.2",
            paramLabel = "SHARE",
            description = "Of CSV files: share of every class that is kept for testing.")
    double testFraction;

    @Option(
            names = "--scaling",
            paramLabel = "KIND",
            description = "Of CSV files: none, unit-range or standardise. Default: what suits the data.")
    String scaling;

    /** Where the samples come from; nothing is read or fetched yet. */
    DataSource source(DataLocation location, long seed, PrintWriter progress) {
        if (dataset.equals(UnconstrainedFeatures.NAME)) {
            return unconstrained();
        }
        if (classes != null) {
            throw new UserException("--classes " + classes + " is for --dataset " + UnconstrainedFeatures.NAME
                    + " alone; " + dataset + " has its own");
        }
        CsvOptions csv = CsvOptions.DEFAULTS
                .withLabelColumn(LabelColumn.parse(labelColumn))
                .withTestFraction(testFraction);
        if (scaling != null) {
            csv = csv.withScaling(scaling());
        }
        DataOptions options =
                DataOptions.defaults(seed).at(location).withCsv(csv).withProgress(progress);
        return new DatasetCatalog().source(dataset, options);
    }

    private DataSource unconstrained() {
        int count = classes == null ? USUAL_CLASSES : classes;
        int perClass = samplesPerClass == null ? USUAL_PER_CLASS : samplesPerClass;
        if (count < 2 || perClass < 1) {
            throw new UserException("--dataset " + UnconstrainedFeatures.NAME + " of " + count + " classes with "
                    + perClass + " samples each; give 2 classes and 1 sample or more");
        }
        return new UnconstrainedFeatures(count, perClass);
    }

    private FeatureScaling scaling() {
        return switch (scaling) {
            case "none" -> FeatureScaling.NONE;
            case "unit-range" -> FeatureScaling.UNIT_RANGE;
            case "standardise" -> FeatureScaling.STANDARDISE;
            default ->
                throw new UserException("--scaling " + scaling + " is unknown; use none, unit-range or standardise");
        };
    }

    /** What is done to the training set: choose, unbalance, corrupt, in this order. */
    Transformation transformation(long seed) {
        List<Transformation> steps = new ArrayList<>();
        if (samplesPerClass != null) {
            steps.add(new ClassSubset(samplesPerClass, seed));
        }
        if (trainSamples != null) {
            steps.add(new TotalSubset(trainSamples, seed));
        }
        if (imbalance != null) {
            steps.add(new Imbalance(imbalance, profile(), seed));
        } else if (imbalanceProfile != null || minorityClasses != null) {
            throw new UserException("--imbalance-profile and --minority-classes need --imbalance RATIO");
        }
        if (labelNoise != null) {
            steps.add(new LabelNoise(labelNoise, seed));
        }
        return Transformation.inOrder(steps);
    }

    private ImbalanceProfile profile() {
        String name = Optional.ofNullable(imbalanceProfile).orElse("step");
        return switch (name) {
            case "step" ->
                minorityClasses == null ? new ImbalanceProfile.HalfStep() : new ImbalanceProfile.Step(minorityClasses);
            case "exponential" -> {
                if (minorityClasses != null) {
                    throw new UserException("--minority-classes " + minorityClasses
                            + " is for the step profile alone; the exponential one has none");
                }
                yield new ImbalanceProfile.Exponential();
            }
            default -> throw new UserException("--imbalance-profile " + name + " is unknown; use step or exponential");
        };
    }
}
