package dev.collapsemonitor.monitor.changelog;

import java.io.IOException;

/** State of a version that this build does not read: most likely a newer build wrote it. */
public final class UnknownVersionException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * @param what has that version
     * @param found its version
     * @param known the newest that this build reads
     */
    public UnknownVersionException(String what, int found, int known) {
        super(what + " is of version " + found + ", but this build reads up to version " + known
                + "; start the build that wrote it, or a newer one");
    }
}
