package dev.collapsemonitor.monitor.changelog;

import java.io.DataOutput;
import java.io.IOException;

/** Writes the value of an entry; the same state always gives the same bytes. */
@FunctionalInterface
public interface Content {
    /** @throws IOException when {@code out} fails */
    void writeTo(DataOutput out) throws IOException;
}
