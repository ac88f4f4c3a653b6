package dev.collapsemonitor.protocol;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** Names and values of record headers. */
public final class RecordHeaders {
    /** Header with the schema version, decimal digits. A record without it has version 1. */
    public static final String SCHEMA_VERSION = "collapse-schema";

    /** Version of what this build writes. A reader takes its own version and older ones. */
    public static final int CURRENT_SCHEMA_VERSION = 1;

    /** Dead letters: the label of the {@link Reason}. */
    public static final String REJECT_REASON = "collapse-reject-reason";

    /** Dead letters: one line for people. */
    public static final String REJECT_MESSAGE = "collapse-reject-message";

    /** Dead letters: topic the record came from. */
    public static final String REJECT_TOPIC = "collapse-reject-topic";

    /** Dead letters of records too large to be sent on whole: bytes of the value before it was cut. */
    public static final String REJECT_SIZE = "collapse-reject-size";

    /** Results of snapshots: broker's time of the record that closed it, decimal milliseconds since the epoch. */
    public static final String CLOSED_BY_RECORD_AT = "collapse-closed-by-record-at";

    private RecordHeaders() {}

    /** Value of the {@link #SCHEMA_VERSION} header of what this build writes. */
    public static byte[] currentSchemaVersion() {
        return Integer.toString(CURRENT_SCHEMA_VERSION).getBytes(StandardCharsets.UTF_8);
    }

    /** Value of the {@link #CLOSED_BY_RECORD_AT} header. */
    public static byte[] millis(long timestamp) {
        return Long.toString(timestamp).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what {@link #millis} wrote; empty for anything else, since nothing depends on it. */
    public static OptionalLong millis(byte[] header) {
        if (header == null || header.length > 20) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(new String(header, StandardCharsets.UTF_8)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Checks a record's schema version.
     *
     * @param header value of the {@link #SCHEMA_VERSION} header, or null when the record has none
     * @throws InvalidRecordException when the version is unreadable or newer than this build
     */
    public static void requireReadable(byte[] header) {
        if (header == null) {
            return;
        }
        String text = new String(header, 0, Math.min(header.length, 20), StandardCharsets.UTF_8);
        int version;
        try {
            version = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            version = 0;
        }
        if (version < 1) {
            throw new InvalidRecordException(
                    Reason.SCHEMA_VERSION,
                    "header " + SCHEMA_VERSION + " is \"" + Names.printable(text)
                            + "\"; write a version in decimal digits, from 1");
        }
        if (version > CURRENT_SCHEMA_VERSION) {
            throw new InvalidRecordException(
                    Reason.SCHEMA_VERSION,
                    "schema version " + version + ", but this build reads up to " + CURRENT_SCHEMA_VERSION
                            + "; update the monitor");
        }
    }
}
