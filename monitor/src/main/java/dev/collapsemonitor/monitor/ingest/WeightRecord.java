package dev.collapsemonitor.monitor.ingest;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.WeightChunk;

/**
 * A weight chunk that keeps the contract.
 *
 * @param chunk the message
 * @param weights rows of the chunk × columns; whether they are finite is still unchecked
 * @param bias one per row of the whole matrix, or empty; unchecked too
 * @param checksum of the whole record
 */
public record WeightRecord(WeightChunk chunk, TensorView weights, double[] bias, int checksum) {}
