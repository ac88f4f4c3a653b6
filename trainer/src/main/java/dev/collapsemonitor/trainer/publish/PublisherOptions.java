package dev.collapsemonitor.trainer.publish;

import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.DataType;

/**
 * How a publisher cuts, rounds and queues.
 *
 * @param rowLimit most rows of features in one record; {@link Integer#MAX_VALUE}: as many as fit
 * @param featureType of features and signals on the wire: FLOAT, FLOAT16 or BFLOAT16; weights are always sent as given
 * @param queueBytes most bytes that wait for the broker
 * @param whenFull what happens to a record for which the queue has no room
 */
public record PublisherOptions(int rowLimit, DataType featureType, long queueBytes, WhenFull whenFull) {
    /** As many rows as fit, float32, 256 MB, never blocking. */
    public static final PublisherOptions DEFAULT =
            new PublisherOptions(Integer.MAX_VALUE, DataType.FLOAT, 256L << 20, WhenFull.DROP);

    private static final long FILE_QUEUE_BYTES = 16L << 20;

    /** What to do when the queue is full. */
    public enum WhenFull {
        /** Drop the whole record and count it: for training, which must not wait. */
        DROP,
        /** Wait for room, and give up at the first record that is lost: for files, which can be sent again. */
        WAIT
    }

    public PublisherOptions {
        if (rowLimit < 1) {
            throw new UserException("records of " + rowLimit + " rows are impossible; give 1 or more");
        }
        if (queueBytes < 1) {
            throw new UserException("a queue of " + queueBytes + " bytes is impossible; give 1 or more");
        }
        if (featureType != DataType.FLOAT && featureType != DataType.FLOAT16 && featureType != DataType.BFLOAT16) {
            throw new UserException(
                    "features of type " + featureType + " are impossible; use FLOAT, FLOAT16 or BFLOAT16");
        }
    }

    /** For saved arrays: nothing is dropped for want of room. */
    public static PublisherOptions forFiles(int rowLimit) {
        return new PublisherOptions(rowLimit, DataType.FLOAT, FILE_QUEUE_BYTES, WhenFull.WAIT);
    }

    PublisherOptions withQueueBytes(long bytes) {
        return new PublisherOptions(rowLimit, featureType, bytes, whenFull);
    }
}
