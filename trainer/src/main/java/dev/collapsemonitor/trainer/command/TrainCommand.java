package dev.collapsemonitor.trainer.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network of the zoo and publishes it. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true,
        description = "Trains a network and publishes snapshots for the monitor. Options may stand in a YAML file, too,"
                + " without dashes (lr: 0.1), given with --config FILE.yaml; a flag wins over the file.")
public final class TrainCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Mixin
    KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--run", required = true, description = "Name of the run; used again, it gets a new attempt.")
    String run;

    @Option(
            names = "--experiment",
            defaultValue = "",
            showDefaultValue = Visibility.NEVER,
            description = "Groups runs.")
    String experiment;

    @Option(names = "--json", description = "Print one line of JSON at the end.")
    boolean json;

    @ArgGroup(exclusive = false, validate = false, heading = "%nData:%n")
    DatasetOptions data = new DatasetOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nFiles of the data:%n")
    DataFileOptions files = new DataFileOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nNetwork:%n")
    ModelOptions model = new ModelOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nTraining:%n")
    LossOptions training = new LossOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nOptimizer:%n")
    OptimizerOptions optimizer = new OptimizerOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nCheckpoints:%n")
    CheckpointOptions checkpoints = new CheckpointOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nWhat is published:%n")
    PublishingOptions publishing = new PublishingOptions();

    @Override
    public Integer call() {
        PrintWriter progress = spec.commandLine().getErr();
        TrainingPlan plan = TrainingPlan.of(this, progress);
        TrainingSummary summary = new TrainingRun(plan, progress).execute();
        if (json) {
            PrintWriter results = spec.commandLine().getOut();
            results.println(summary.toJson());
            results.flush();
        }
        return 0;
    }
}
