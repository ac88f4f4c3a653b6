package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options for checkpoints. */
final class CheckpointOptions {
    private static final int USUAL_NUMBER = 10;

    @Option(
            names = "--checkpoint-dir",
            paramLabel = "DIR",
            description = "Save the network and its optimizer below this directory, the newest two. Default: never.")
    Path directory;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "EPOCHS",
            description = "How often. Default: ten times in a run. The last epoch always.")
    Integer every;

    @Option(
            names = "--resume",
            description =
                    "Continue the run from its newest checkpoint, bit by bit as if it had not been interrupted, as"
                            + " a new attempt; without a checkpoint, begin.")
    boolean resume;

    void check() {
        if (directory == null && (every != null || resume)) {
            throw new UserException(
                    (resume ? "--resume" : "--checkpoint-every " + every) + " needs --checkpoint-dir DIR");
        }
        if (every != null) {
            Requirements.atLeast("--checkpoint-every", every, 1);
        }
    }

    /** Whether to save after so many epochs of so many. */
    boolean dueAfter(int epoch, int epochs) {
        int interval = every == null ? Math.max(1, epochs / USUAL_NUMBER) : every;
        return directory != null && (epoch == epochs || epoch % interval == 0);
    }
}
