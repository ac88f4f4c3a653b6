package dev.collapsemonitor.monitor.changelog;

import java.io.IOException;

/** The bytes of the keys of an {@link EntryLog}. */
public interface KeyFormat<K> {
    byte[] encode(K key);

    /** @throws IOException when the bytes are no key that this build knows */
    K decode(byte[] bytes) throws IOException;
}
