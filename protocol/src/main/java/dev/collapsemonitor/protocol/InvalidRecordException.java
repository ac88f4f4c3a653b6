package dev.collapsemonitor.protocol;

/** A record that breaks the contract. The message is one line that names the thing, the value and the remedy. */
public final class InvalidRecordException extends RuntimeException {
    private final Reason reason;

    public InvalidRecordException(Reason reason, String message) {
        // No stack trace: a poisoned topic can bring thousands of these a second.
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
