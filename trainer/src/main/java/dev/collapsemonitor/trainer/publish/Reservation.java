package dev.collapsemonitor.trainer.publish;

/**
 * Room for the weights of one layer in the queue, asked for before they are copied and before their features say that
 * they follow.
 */
sealed interface Reservation {
    /** The queue has room. */
    record Granted(long bytes) implements Reservation {}

    /** The queue is full: the weights are dropped, and counted already. */
    record Refused() implements Reservation {}
}
