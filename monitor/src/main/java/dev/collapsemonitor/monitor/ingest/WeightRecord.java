package dev.collapsemonitor.monitor.ingest;

import dev.collapsemonitor.protocol.TensorView;
import dev.collapsemonitor.protocol.v1.WeightChunk;

/**
 * A weight chunk that keeps the contract.
 *
 * @param chunk the message
 * @param weights rows of the chunk × columns, all finite
 * @param bias one per row of the whole matrix, or empty, all finite
 * @param checksum of the whole record
 */
public record WeightRecord(WeightChunk chunk, TensorView weights, double[] bias, int checksum) {}
