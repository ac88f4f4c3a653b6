package dev.collapsemonitor.monitor.ingest;

import dev.collapsemonitor.monitor.linalg.Matrix;
import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.FeatureBatch;

/**
 * A feature batch whose identity keeps the contract. Its content may not: then the part counts as arrived, since it will
 * not come again, and lowers the coverage.
 *
 * @param batch the message
 * @param content what the batch holds, or null when {@code rejection} says why it is not usable
 * @param rejection why the content is not usable, or null
 * @param checksum of the whole record: tells a redelivery from a conflict
 */
public record FeatureRecord(FeatureBatch batch, Content content, InvalidRecordException rejection, int checksum) {

    /**
     * Usable content; only the finiteness of the features is still unchecked.
     *
     * @param features rows × layer.feature_dim
     * @param labels one per row
     * @param predicted one per row, or empty
     * @param signals back-propagated, rows × outputs, finite; no rows when none were published
     */
    public record Content(TensorView features, int[] labels, int[] predicted, Matrix signals) {}
}
