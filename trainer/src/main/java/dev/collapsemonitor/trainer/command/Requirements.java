package dev.collapsemonitor.trainer.command;

import dev.collapsemonitor.protocol.UserException;

/** What numbers must fulfil. */
final class Requirements {
    private Requirements() {}

    static void positive(String option, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UserException(option + " " + value + " is not a positive number");
        }
    }

    static void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new UserException(option + " " + value + " is too small; give " + least + " or more");
        }
    }
}
