package dev.collapsemonitor.trainer.data;

/** A file did not arrive. The message says why, without the address. */
final class TransferException extends Exception {
    private final boolean passing;

    /**
     * A reason.
     *
     * @param passing whether another attempt at the same address may help
     */
    TransferException(String reason, boolean passing, Throwable cause) {
        super(reason, cause);
        this.passing = passing;
    }

    boolean isPassing() {
        return passing;
    }
}
