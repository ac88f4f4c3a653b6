package dev.collapsemonitor.monitor.changelog;

/** Takes the records of a compacted log, in order. */
@FunctionalInterface
public interface ChangeSink {
    /**
     * Appends a record.
     *
     * @param key never changed afterwards
     * @param value never changed afterwards; null removes the key
     */
    void append(byte[] key, byte[] value);
}
