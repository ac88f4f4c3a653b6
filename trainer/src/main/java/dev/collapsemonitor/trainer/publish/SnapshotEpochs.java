package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** After which epochs to take a snapshot. The initial weights (0) and the last epoch are always among them. */
public sealed interface SnapshotEpochs {
    /**
     * Whether to take one.
     *
     * @param completed epochs completed, from 0
     * @param total epochs of the run
     */
    default boolean due(int completed, int total) {
        return completed == 0 || completed == total || chosen(completed, total);
    }

    /** The choice between the first and the last epoch. */
    boolean chosen(int completed, int total);

    /** After every n-th epoch. */
    record Every(int epochs) implements SnapshotEpochs {
        public Every {
            if (epochs < 1) {
                throw new UserException("a snapshot every " + epochs + " epochs is impossible; give 1 or more");
            }
        }

        @Override
        public boolean chosen(int completed, int total) {
            return completed % epochs == 0;
        }
    }

    /** After the listed epochs. */
    record Listed(Set<Integer> epochs) implements SnapshotEpochs {
        public Listed {
            epochs = Set.copyOf(epochs);
        }

        @Override
        public boolean chosen(int completed, int total) {
            return epochs.contains(completed);
        }
    }

    /** About {@code count} epochs between 1 and the last in geometric progression: dense early, sparse late. */
    record Geometric(int count) implements SnapshotEpochs {
        public Geometric {
            if (count < 2) {
                throw new UserException("geometric spacing of " + count + " snapshots is impossible; give 2 or more");
            }
        }

        @Override
        public boolean chosen(int completed, int total) {
            for (int i = 0; i < count; i++) {
                if (Math.round(Math.pow(total, (double) i / (count - 1))) == completed) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Reads {@code 5} (every fifth), {@code 1,2,5,10} (listed) or {@code geometric:15}.
     *
     * @throws UserException for anything else
     */
    static SnapshotEpochs parse(String text) {
        try {
            if (text.startsWith("geometric:")) {
                return new Geometric(Integer.parseInt(text.substring("geometric:".length())));
            }
            if (text.indexOf(',') < 0) {
                return new Every(Integer.parseInt(text));
            }
            Set<Integer> epochs = new HashSet<>();
            Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .map(Integer::valueOf)
                    .forEach(epochs::add);
            return new Listed(epochs);
        } catch (NumberFormatException e) {
            throw new UserException(
                    "snapshot epochs \"" + text + "\" are none of 5 (every fifth), 1,2,5,10 or geometric:15", e);
        }
    }
}
