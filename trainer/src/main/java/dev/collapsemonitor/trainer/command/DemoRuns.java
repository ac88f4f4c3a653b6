package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * The two runs of the demo: SGD with coupled decay, whose classifier row-sum (NC0) vanishes, and AdamW with decoupled
 * decay, whose row-sum grows. Both start from the same weights and have the same learning rate times weight decay.
 *
 * <p>The settings were tuned so that the contrast is clear within minutes; RATIONALE.md has the figures. They are
 * arguments of {@link TrainCommand}, so anybody can repeat and vary them.
 */
public final class DemoRuns {
    /** Name of the run with SGD. */
    public static final String SGD = "demo-sgd";

    /** Name of the run with AdamW. */
    public static final String ADAMW = "demo-adamw";

    private static final List<String> COMMON = List.of(
            "--experiment",
            "demo",
            "--widths",
            "256,128,64",
            "--batch-norm",
            "--momentum",
            "0.9",
            "--snapshot-every",
            "geometric:16",
            "--snapshot-samples",
            "2000",
            "--seed",
            "1");
    private static final List<String> SGD_RULE = List.of("--optimizer", "sgd", "--coupling", "coupled", "--lr", "0.05");
    private static final List<String> ADAMW_RULE =
            List.of("--optimizer", "adamw", "--coupling", "decoupled", "--lr", "1e-3");

    private static final Setting STROKES =
            new Setting("2e-3", "0.1", List.of("--epochs", "40", "--batch-size", "64", "--lr-milestones", "0.6,0.85"));
    // Harder to fit without error: less decay, more epochs.
    private static final Setting IDX = new Setting(
            "8e-4",
            "0.04",
            List.of(
                    "--train-samples", "10000",
                    "--epochs", "60",
                    "--batch-size", "128",
                    "--lr-milestones", "0.4,0.95"));

    private DemoRuns() {}

    /** Names of the data sets that the demo knows. */
    public static List<String> datasets() {
        return List.of("strokes", "fashion-mnist", "mnist");
    }

    /** Names of the two runs, in the order in which a table shows them. */
    public static List<String> runs() {
        return List.of(SGD, ADAMW);
    }

    /**
     * Arguments for {@code train}, without its name, {@code --bootstrap} and {@code --data-dir}.
     *
     * @param run one of {@link #runs()}
     * @param dataset one of {@link #datasets()}
     * @throws UserException for another data set
     */
    public static List<String> arguments(String run, String dataset) {
        Setting setting = setting(dataset);
        boolean sgd = run.equals(SGD);
        List<String> arguments = new ArrayList<>(List.of("--run", run, "--dataset", dataset));
        arguments.addAll(COMMON);
        arguments.addAll(sgd ? SGD_RULE : ADAMW_RULE);
        arguments.addAll(List.of("--weight-decay", sgd ? setting.sgdDecay : setting.adamwDecay));
        arguments.addAll(setting.training);
        return arguments;
    }

    private static Setting setting(String dataset) {
        return switch (dataset) {
            case "strokes" -> STROKES;
            case "fashion-mnist", "mnist" -> IDX;
            default ->
                throw new UserException(
                        "the demo knows no data set " + dataset + "; use one of " + String.join(", ", datasets()));
        };
    }

    /** What differs between data sets: the decay of each rule, and how long to train. */
    private record Setting(String sgdDecay, String adamwDecay, List<String> training) {}
}
