package dev.collapsemonitor.monitor.ingest;

/**
 * Bounds on what a record may declare; beyond, it is rejected.
 *
 * @param maxClasses largest K
 * @param maxDimension largest feature dimension and largest number of weight columns
 * @param maxParts largest number of parts of one snapshot
 * @param maxWeightElements largest weight matrix in elements
 */
public record IngestLimits(int maxClasses, int maxDimension, int maxParts, long maxWeightElements) {
    public static final IngestLimits DEFAULT = new IngestLimits(10_000, 1 << 16, 1 << 20, 1L << 26);
}
