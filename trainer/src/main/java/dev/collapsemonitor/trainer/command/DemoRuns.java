package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * The two runs of the demo: SGD with coupled decay, whose classifier row-sum (NC0) vanishes, and AdamW with decoupled
 * decay, whose row-sum grows. Both start from the same weights and have the same learning rate times weight decay.
 *
 * <p>The settings were tuned; RATIONALE.md has the figures. They are arguments of {@link TrainCommand}, so anybody can
 * repeat and vary them.
 */
public final class DemoRuns {
    /** Name of the run with SGD. */
    public static final String SGD = "demo-sgd";

    /** Name of the run with AdamW. */
    public static final String ADAMW = "demo-adamw";

    private static final List<String> SGD_RULE = List.of(
            "--optimizer",
            "sgd",
            "--momentum",
            "0.9",
            "--coupling",
            "coupled",
            "--lr",
            "0.05",
            "--weight-decay",
            "2e-3");
    private static final List<String> ADAMW_RULE = List.of(
            "--optimizer",
            "adamw",
            "--momentum",
            "0.9",
            "--coupling",
            "decoupled",
            "--lr",
            "1e-3",
            "--weight-decay",
            "0.1");
    private static final List<String> COMMON = List.of(
            "--experiment",
            "demo",
            "--widths",
            "256,128,64",
            "--batch-norm",
            "--batch-size",
            "64",
            "--lr-milestones",
            "0.6,0.85",
            "--snapshot-every",
            "geometric:16",
            "--snapshot-samples",
            "2000",
            "--seed",
            "1");

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
        List<String> arguments = new ArrayList<>(List.of("--run", run, "--dataset", dataset));
        arguments.addAll(run.equals(SGD) ? SGD_RULE : ADAMW_RULE);
        arguments.addAll(COMMON);
        arguments.addAll(size(dataset));
        return arguments;
    }

    private static List<String> size(String dataset) {
        return switch (dataset) {
            case "strokes" -> List.of("--epochs", "40");
            case "fashion-mnist", "mnist" -> List.of("--train-samples", "10000", "--epochs", "25");
            default ->
                throw new UserException(
                        "the demo knows no data set " + dataset + "; use one of " + String.join(", ", datasets()));
        };
    }
}
