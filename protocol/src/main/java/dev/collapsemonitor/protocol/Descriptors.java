package dev.collapsemonitor.protocol;

import dev.collapsemonitor.protocol.v1.Layer;
import dev.collapsemonitor.protocol.v1.RunDescriptor;
import java.nio.charset.StandardCharsets;

/** Bounds on what a descriptor says for display: publishers ask before they publish, monitors when they read. */
public final class Descriptors {
    /** Longest text in bytes of UTF-8; some are labels of series. */
    public static final int MAX_TEXT_BYTES = 1_000;

    /** Most free hyper-parameters. */
    public static final int MAX_HYPERPARAMETERS = 500;

    private static final int MAX_CLASS_COUNTS = 10_000;
    private static final int MAX_MILESTONES = 1_000;
    private static final int MAX_DIMS = 8;

    private Descriptors() {}

    /**
     * Requires that names, texts and lists are within their bounds.
     *
     * @return the descriptor
     * @throws InvalidRecordException naming the bound
     */
    public static RunDescriptor require(RunDescriptor descriptor) {
        Names.requireRun(descriptor.getRun());
        Names.requireExperiment(descriptor.getExperiment());
        String what = "descriptor of run " + descriptor.getRun();
        requireLabel(what + ", framework", descriptor.getFramework());
        requireLabel(what + ", dataset", descriptor.getDataset());
        requireLabel(what + ", optimizer", descriptor.getOptimizer().getName());
        requireAtMost(what, "class counts", descriptor.getClassCountsCount(), MAX_CLASS_COUNTS);
        requireAtMost(what, "milestones", descriptor.getSchedule().getMilestonesCount(), MAX_MILESTONES);
        requireAtMost(what, "hyper-parameters", descriptor.getHyperparametersCount(), MAX_HYPERPARAMETERS);
        descriptor.getHyperparametersMap().forEach((name, value) -> {
            requireLabel(what + ", a hyper-parameter's name", name);
            requireLength(what + ", hyper-parameter " + name, value); // any characters: shown as text only
        });
        for (Layer layer : descriptor.getLayersList()) {
            Names.requireLayer(layer.getName());
            requireAtMost(what + ", layer " + layer.getName(), "weight dims", layer.getWeightDimsCount(), MAX_DIMS);
        }
        return descriptor;
    }

    private static void requireLabel(String what, String text) {
        requireLength(what, text);
        if (!Names.printable(text).equals(text)) {
            throw new InvalidRecordException(
                    Reason.INVALID_NAME,
                    what + " \"" + Names.printable(text) + "\" holds control or invisible characters; remove them");
        }
    }

    private static void requireLength(String what, String text) {
        // No need to encode a megabyte to say that it is too long.
        int bytes = text.length() > MAX_TEXT_BYTES ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_TEXT_BYTES) {
            throw new InvalidRecordException(
                    Reason.LIMIT,
                    what + " is a text of " + bytes + " bytes; at most " + MAX_TEXT_BYTES + " are possible");
        }
    }

    private static void requireAtMost(String what, String things, int count, int most) {
        if (count > most) {
            throw new InvalidRecordException(
                    Reason.LIMIT, what + " has " + count + " " + things + "; at most " + most + " are possible");
        }
    }
}
