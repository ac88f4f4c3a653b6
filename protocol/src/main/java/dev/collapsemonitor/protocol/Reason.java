package dev.collapsemonitor.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why a record was rejected; the label of the reject counters and a header of the dead letter. */
public enum Reason {
    UNREADABLE,
    EMPTY,
    SCHEMA_VERSION,
    INVALID_NAME,
    INVALID_IDENTITY,
    INVALID_TENSOR,
    DATA_TYPE,
    SHAPE,
    LABEL_RANGE,
    CLASS_COUNT,
    NOT_FINITE,
    CONFLICT,
    LATE,
    OVERSIZE,
    LIMIT,
    /** A new run for which there is no room, since all those known are alive. */
    TOO_MANY_RUNS;

    /** The reason of that label, when this version knows it. */
    public static Optional<Reason> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(reason -> reason.label().equals(label))
                .findFirst();
    }

    /** The spelling in labels and headers, such as {@code label_range}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
