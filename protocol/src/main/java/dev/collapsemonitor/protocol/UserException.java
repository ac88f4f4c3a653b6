package dev.collapsemonitor.protocol;

/**
 * A mistake that the user can mend. The message is one line that names the thing, the value and the remedy; the command
 * line prints it without a stack trace and exits with a non-zero status.
 */
public final class UserException extends RuntimeException {
    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
