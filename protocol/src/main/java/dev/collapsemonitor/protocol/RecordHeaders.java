package dev.collapsemonitor.protocol;

import java.nio.charset.StandardCharsets;

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

    private RecordHeaders() {}

    /** Value of the {@link #SCHEMA_VERSION} header of what this build writes. */
    public static byte[] currentSchemaVersion() {
        return Integer.toString(CURRENT_SCHEMA_VERSION).getBytes(StandardCharsets.UTF_8);
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
