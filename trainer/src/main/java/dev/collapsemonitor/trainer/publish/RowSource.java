package dev.collapsemonitor.trainer.publish;

/** Rows that can be copied into an array: how features leave a framework's memory, once. */
@FunctionalInterface
public interface RowSource {
    /** No rows: there are no signals. */
    RowSource NONE = (from, count, target, offset) -> {};

    /** Copies rows {@code from} to {@code from + count - 1}, row-major, to {@code target[offset]} and on. */
    void copy(int from, int count, float[] target, int offset);
}
