package dev.collapsemonitor.monitor.changelog;

/**
 * Name of a chunk, never used for other content.
 *
 * @param epoch of the writer that wrote it
 * @param sequence among the chunks of the writer
 */
record ChunkId(long epoch, int sequence) {}
