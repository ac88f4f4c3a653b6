package dev.collapsemonitor.protocol;

import java.util.Locale;

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
    LIMIT;

    /** The spelling in labels and headers, such as {@code label_range}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
