package dev.collapsemonitor.trainer.data;

import dev.collapsemonitor.protocol.UserException;

/** Which column of a CSV file holds the labels. */
public sealed interface LabelColumn {
    /** The last one. */
    record Last() implements LabelColumn {}

    /** By its position; 1 is the first. */
    record Position(int position) implements LabelColumn {
        public Position {
            if (position < 1) {
                throw new UserException("label column " + position + " does not exist; the first column is 1");
            }
        }
    }

    /** By its name; the first line of the file is then the header. */
    record Named(String name) implements LabelColumn {}

    /** {@code last}, a position or a name. */
    static LabelColumn parse(String text) {
        if (text.equals("last")) {
            return new Last();
        }
        return text.matches("-?\\d{1,9}") ? new Position(Integer.parseInt(text)) : new Named(text);
    }
}
